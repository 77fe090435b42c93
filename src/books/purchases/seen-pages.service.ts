import { Injectable } from '@nestjs/common';
import type { Condition, ViewDefinition } from '../../kernel/view.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { MAX_PAGE, type PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import type { Line } from '../contract.js';
import { ConfidentialAccounts } from '../chart/confidential-accounts.service.js';
import { accountOf } from './purchase.js';

/** A document whose lines are on accounts. */
export interface Lined {
  readonly lines: readonly Pick<Line, 'accountCode'>[];
}

interface Seen<Doc> {
  readonly items: readonly { readonly key: string; readonly doc: Doc }[];
  readonly next: string | null;
  readonly position: string | undefined;
}

/** What of purchases and orders is there for whoever asks: what names a confidential account is not, for most. */
@Injectable()
export class SeenPages {
  constructor(
    private readonly views: ViewReader,
    private readonly confidential: ConfidentialAccounts,
  ) {}

  async hides(context: RequestContext): Promise<(document: Lined) => boolean> {
    return hiding(await this.confidential.hiddenFrom(context));
  }

  /**
   * A page, newest first. What is hidden is left out after reading, and more is read until the page is full. The cursor to
   * the next one is there only where that would have something in it: nothing tells how much was left out.
   */
  async find<Doc extends Lined>(
    view: ViewDefinition<Doc>,
    context: RequestContext,
    where: readonly Condition[],
    { limit, after }: PageQuery,
  ): Promise<Seen<Doc>> {
    const hidden = await this.confidential.hiddenFrom(context);
    const hides = hiding(hidden);
    const page = async (from: string | undefined, size: number): Promise<Seen<Doc>> => {
      const list = { where, sort: 'newest', limit: size, after: from };
      const { value, position } = await this.views.find(view, context, list);
      return { items: value.items.filter(({ doc }) => !hides(doc)), next: value.next, position };
    };
    const first = await page(after, limit);
    const { position } = first;
    let { items, next } = first;
    while (next !== null && items.length < limit) {
      const more: Seen<Doc> = await page(next, limit - items.length);
      items = [...items, ...more.items];
      next = more.next;
    }
    if (hidden.size === 0) return { items, next, position };
    for (let further = next; further !== null;) {
      const more: Seen<Doc> = await page(further, MAX_PAGE);
      if (more.items.length > 0) return { items, next, position };
      further = more.next;
    }
    return { items, next: null, position };
  }
}

const hiding =
  (hidden: ReadonlySet<string>) =>
  ({ lines }: Lined): boolean =>
    hidden.size > 0 && lines.some((line) => hidden.has(accountOf(line)));
