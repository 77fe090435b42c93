import { Inject, Injectable } from '@nestjs/common';
import type { Condition, ViewDefinition } from '../../kernel/view.js';
import { notFound, Refusal } from '../../kernel/refusal.js';
import { EVIDENCE, type Evidence, type RecordRef } from '../commands/evidence.port.js';
import { QueryAnswer, type RequestContext } from '../commands/principal.js';
import { READ_MODEL } from '../commands/tokens.js';
import type { Page, ReadModel, Reflecting } from '../read-model/read-model.port.js';
import { MAX_PAGE } from './fields.js';
import type { Hiding } from './hiding.js';
import { Seal } from './seal.js';
import { VIEW_GAUGE, type ViewGauge } from './view-gauge.port.js';
import { isWithinReach, type Reachable, withinReach } from './within-reach.js';

/** How long a query waits for a view to reach `Countersign-At-Least`. */
const PATIENCE_MS = 2000;

/** Part of a list. A `PageQuery` has `limit` and `after`. */
export interface ListQuery {
  readonly where: readonly Condition[];
  /** Name of a declared sort order of the view. */
  readonly sort: string;
  /** As the client sent it: sealed. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * How queries read views: waits until the view reflects what the request asks for (`Countersign-At-Least`; 503 after 2 s), and seals
 * cursors. Positions in the values returned are plain; `QueryAnswer` is sealed on its way out.
 */
@Injectable()
export class ViewReader {
  constructor(
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(VIEW_GAUGE) private readonly gauge: ViewGauge,
    private readonly seal: Seal,
    @Inject(EVIDENCE) private readonly evidence: Pick<Evidence, 'refused'>,
  ) {}

  async get<Doc extends object>(
    view: ViewDefinition<Doc>,
    context: RequestContext,
    key: string,
  ): Promise<Reflecting<Doc | null>> {
    await this.reach(view, context);
    return this.model.get(view, key);
  }

  /**
   * The document of one record, which the request's permission must reach. One that it does not reach, or that is hidden,
   * looks like one that is not there, but the refusal is recorded.
   *
   * @throws Refusal not-found
   */
  async record<Doc extends Reachable>(
    view: ViewDefinition<Doc>,
    context: RequestContext,
    record: RecordRef,
    hiding?: Hiding<Doc>,
  ): Promise<Reflecting<Doc>> {
    const { value, position } = await this.get(view, context, record.id);
    if (value === null || value.organisation !== context.organisation) throw notFound();
    if (!isWithinReach(context, value) || (await hiding?.(context))?.(value) === true) {
      await this.evidence.refused(context, 'record', record);
      throw notFound();
    }
    return { value, position };
  }

  /** In the order of the keys; `null` where there is none. */
  async getMany<Doc extends object>(
    view: ViewDefinition<Doc>,
    context: RequestContext,
    keys: readonly string[],
  ): Promise<Reflecting<readonly (Doc | null)[]>> {
    await this.reach(view, context);
    return this.model.getMany(view, keys);
  }

  /** Those of the documents that are there, by their keys. */
  async byKey<Doc extends object>(
    view: ViewDefinition<Doc>,
    context: RequestContext,
    keys: readonly string[],
  ): Promise<Reflecting<ReadonlyMap<string, Doc>>> {
    const each = [...new Set(keys)];
    const { value, position } = await this.getMany(view, context, each);
    const found = value.flatMap((doc, at) => (doc === null ? [] : [[each[at]!, doc] as const]));
    return { value: new Map(found), position };
  }

  /**
   * A page; `next` is sealed and goes to the client as it is.
   *
   * What is hidden is left out after reading, and more is read until the page is full. There is a cursor only where
   * something would come of it: nothing tells how much was left out.
   *
   * @throws Refusal 400 for a cursor of another list or organisation
   */
  async find<Doc extends object>(
    view: ViewDefinition<Doc>,
    context: RequestContext,
    { where, sort, after, limit }: ListQuery,
    hiding?: Hiding<Doc>,
  ): Promise<Reflecting<Page<Doc>>> {
    const cursor = this.seal.after(after, view.name, context.organisation);
    await this.reach(view, context);
    const hides = await hiding?.(context);
    const page = (from: string | undefined, size: number): Promise<Reflecting<Page<Doc>>> =>
      this.model.find(view, { where, sort, limit: size, ...(from !== undefined && { after: from }) });
    const { value, position } = await page(cursor, limit);
    const shown = hides === undefined ? value : await withoutHidden(value, limit, hides, page);
    const next = shown.next === null ? null : this.seal.cursor(shown.next, view.name, context.organisation);
    return { value: { items: shown.items, next }, position };
  }

  /**
   * The answer of a list of records: those that the request's permission reaches, the newest first. The view has a sort
   * order `newest`.
   */
  async list<Doc extends Reachable>(
    view: ViewDefinition<Doc>,
    context: RequestContext,
    { limit, after }: Pick<ListQuery, 'limit' | 'after'>,
    answerOf: (id: string, doc: Doc) => object,
  ): Promise<QueryAnswer> {
    const page = { where: withinReach(context), sort: 'newest', limit, after };
    const { value, position } = await this.find(view, context, page);
    return new QueryAnswer(
      { items: value.items.map(({ key, doc }) => answerOf(key, doc)), next: value.next },
      position,
    );
  }

  private async reach(view: { readonly name: string }, { atLeast }: RequestContext): Promise<void> {
    if (atLeast === undefined || (await this.gauge.waitFor(view.name, atLeast, PATIENCE_MS))) return;
    throw new Refusal('unavailable', 'The answer does not reflect the position asked for yet; try again', {
      retryAfter: 1,
    });
  }
}

/** The page without what is hidden, filled up from the pages behind it. */
async function withoutHidden<Doc>(
  first: Page<Doc>,
  limit: number,
  hides: (doc: Doc) => boolean,
  page: (from: string, size: number) => Promise<Reflecting<Page<Doc>>>,
): Promise<Page<Doc>> {
  const shown = ({ items }: Page<Doc>) => items.filter(({ doc }) => !hides(doc));
  const items = shown(first);
  let { next } = first;
  while (next !== null && items.length < limit) {
    const { value } = await page(next, limit - items.length);
    items.push(...shown(value));
    next = value.next;
  }
  for (let further = next; further !== null;) {
    const { value } = await page(further, MAX_PAGE);
    if (shown(value).length > 0) return { items, next };
    further = value.next;
  }
  return { items, next: null };
}

/** The position that an answer put together from several views reflects: that of the one furthest behind. */
export function earliest(...positions: readonly (string | undefined)[]): string | undefined {
  return positions.reduce((first, position) =>
    first === undefined || position === undefined ? undefined : position < first ? position : first,
  );
}
