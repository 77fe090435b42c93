import { Inject, Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import { soughtTokens } from '../../kernel/words.js';
import { meetsAlso } from '../../platform/commands/also-needed.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { type FoundRecord, type FoundRecords, type Sought, together } from '../../platform/commands/record-search.js';
import { Seal } from '../../platform/http/seal.js';
import { earliest } from '../../platform/http/view-reader.js';

export interface Search {
  readonly q: string;
  readonly kinds?: readonly string[] | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
}

/** What a search shows of a record; more by its kind. */
export interface FoundItem {
  readonly id: string;
  readonly kind: string;
  readonly label: string;
}

export interface SearchPage {
  /** Newest first. */
  readonly items: readonly FoundItem[];
  readonly next: string | null;
  readonly position: string | undefined;
}

/** A kind that the person may read, and the context in which they read it. */
interface Area {
  readonly kind: RecordKind;
  readonly context: RequestContext;
}

interface Candidate extends FoundRecord {
  readonly area: Area;
}

interface Shown {
  readonly created: string;
  readonly item: FoundItem;
}

/** Kinds of records that others are made out to: these are found by their names too. */
const PARTIES: readonly string[] = ['customer', 'supplier'];
/** As many ids as a store looks up one by one. */
const MAX_PARTIES = 30;
/** A page that loses so many times its size to what may not be seen is given as it is, with a cursor. */
const MAX_ROUNDS = 20;
const CURSOR = 'search';
const NOTHING: SearchPage = { items: [], next: null, position: undefined };

/**
 * Searches all kinds of records that register a search, each within what the person may read of it. A kind that they may
 * not read has nothing for them, which nothing in the answer tells from a kind in which nothing was found.
 */
@Injectable()
export class RecordSearch {
  constructor(
    private readonly kinds: RecordKinds,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    private readonly seal: Seal,
  ) {}

  /** @throws Refusal validation-failed for a kind that is not searched, or a cursor of another list */
  async page(context: RequestContext, { q, kinds, limit, after }: Search): Promise<SearchPage> {
    const wanted = this.wanted(kinds);
    let before = this.seal.after(after, CURSOR, context.organisation);
    const tokens = soughtTokens(q);
    if (tokens.length === 0) return NOTHING;
    const readable = await this.areasOf(context);
    const areas = readable.filter(({ kind }) => wanted.has(kind.kind));
    if (areas.length === 0) return NOTHING;
    const parties = await partiesIn(readable, tokens);
    const shown: Shown[] = [];
    const positions = [...parties.positions];
    for (let round = 0; round < MAX_ROUNDS; round++) {
      // One more than asked for tells that there is more: a cursor that leads to nothing would tell of what is hidden.
      const found = await searchAll(areas, { tokens, parties: parties.ids, before, limit: limit + 1 - shown.length });
      shown.push(...(await this.seen(found.records)));
      positions.push(found.position);
      before = found.reached;
      if (before === undefined || shown.length > limit) break;
    }
    const items = shown.slice(0, limit).map(({ item }) => item);
    if (shown.length > limit) before = shown[limit - 1]!.created;
    const next = before === undefined ? null : this.seal.cursor(before, CURSOR, context.organisation);
    return { items, next, position: earliest(...positions) };
  }

  /** Names of the kinds that are searched, in one order. */
  get searched(): readonly string[] {
    return [...this.kinds.all()].flatMap(({ kind, search }) => (search === undefined ? [] : [kind])).sort();
  }

  private wanted(kinds: readonly string[] | undefined): ReadonlySet<string> {
    const { searched } = this;
    if (kinds === undefined) return new Set(searched);
    if (kinds.some((kind) => !searched.includes(kind)))
      throw invalid('kinds', `must be of ${searched.join(', ')}, each given as a parameter of its own`);
    return new Set(kinds);
  }

  private async areasOf(context: RequestContext): Promise<readonly Area[]> {
    const { principal, organisation } = context;
    if (principal === undefined) return [];
    const areas = await Promise.all(
      [...this.kinds.all()].map(async (kind): Promise<readonly Area[]> => {
        if (kind.search === undefined) return [];
        const { readPermission: permission } = kind;
        const verdict = await this.authoriser.authorise(principal, organisation, permission);
        if (!verdict.allowed) return [];
        return [{ kind, context: { ...context, permission, reach: verdict.reach } }];
      }),
    );
    return areas.flat();
  }

  /** As they are called now; without those that tell of something else that the person may not see. */
  private async seen(candidates: readonly Candidate[]): Promise<readonly Shown[]> {
    const described = new Map<Area, ReadonlyMap<string, RecordDescription>>();
    for (const area of new Set(candidates.map((one) => one.area))) {
      const ids = candidates.filter((one) => one.area === area).map(({ id }) => id);
      described.set(area, await area.kind.describe(area.context.organisation, ids));
    }
    const seen: Shown[] = [];
    for (const { id, created, area, shown } of candidates) {
      const description = described.get(area)?.get(id);
      if (description === undefined || !(await meetsAlso(this.authoriser, area.context, description.facts))) continue;
      seen.push({ created, item: { id, kind: area.kind.kind, label: description.label, ...shown } });
    }
    return seen;
  }
}

/** The customers and suppliers, of those that the person may read, whom the words find: their records are found as well. */
async function partiesIn(
  areas: readonly Area[],
  tokens: readonly string[],
): Promise<{ readonly ids: readonly string[]; readonly positions: readonly (string | undefined)[] }> {
  const those = areas.filter(({ kind }) => PARTIES.includes(kind.kind));
  if (those.length === 0) return { ids: [], positions: [] };
  const { records, position } = await searchAll(those, { tokens, parties: [], before: undefined, limit: MAX_PARTIES });
  return { ids: records.slice(0, MAX_PARTIES).map(({ id }) => id), positions: [position] };
}

async function searchAll(areas: readonly Area[], sought: Sought): Promise<FoundRecords<Candidate>> {
  const found = areas.map(async (area): Promise<readonly FoundRecords<Candidate>[]> => {
    const one = await area.kind.search?.(area.context, sought);
    return one === undefined ? [] : [{ ...one, records: one.records.map((record) => ({ ...record, area })) }];
  });
  return together((await Promise.all(found)).flat());
}
