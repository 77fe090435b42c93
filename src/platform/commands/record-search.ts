import type { Condition, ViewDefinition } from '../../kernel/view.js';
import { earliest, type ViewReader } from '../http/view-reader.js';
import { withinReach } from '../http/within-reach.js';
import type { RequestContext } from './principal.js';

/** What a search asks of each kind of record. Records that match the words, and those of the parties, are found. */
export interface Sought {
  /** Tokens (kernel/words); a record has every one of them. */
  readonly tokens: readonly string[];
  /** Ids of the customers and suppliers whom the words found. */
  readonly parties: readonly string[];
  /** Only what was made before this position. */
  readonly before: string | undefined;
  readonly limit: number;
}

export interface FoundRecord {
  readonly id: string;
  /** Position of the record's first event. Unsealed. */
  readonly created: string;
  /** What is shown beside kind, id and label. */
  readonly shown: Readonly<Record<string, unknown>>;
}

/** The newest records that a search finds, and how far down it has looked. */
export interface FoundRecords<R extends FoundRecord = FoundRecord> {
  /** Newest first. */
  readonly records: readonly R[];
  /** Everything that was made at this position or later has been looked at; undefined where that is all there is. */
  readonly reached: string | undefined;
  /** What the answer reflects. */
  readonly position: string | undefined;
}

/** What a document has by which it is searched: also tokens, in a field `texts` that is indexed behind the organisation. */
export interface SearchedDoc {
  readonly organisation: string;
  readonly created: string;
}

/** How records with documents in a view of their own are searched. */
export interface Searched<Doc extends SearchedDoc> {
  /** The view's sort order by `created`, the last first; by default `newest`. */
  readonly sort?: string;
  /** Conditions besides words, organisation and reach: the kind, where a view holds several. */
  readonly where?: readonly Condition[];
  /** The field that names the record's customer or supplier, where it has one and there is an index of it. */
  readonly party?: string;
  /** What tells records of one label apart. */
  readonly show: (doc: Doc) => FoundRecord['shown'];
}

/** Searches one kind of record. The context's permission is the one to read it, and its reach that permission's. */
export async function searchView<Doc extends SearchedDoc>(
  views: ViewReader,
  view: ViewDefinition<Doc>,
  { sort = 'newest', where = [], party, show }: Searched<Doc>,
  context: RequestContext,
  { tokens, parties, before, limit }: Sought,
): Promise<FoundRecords> {
  const below: readonly Condition[] = before === undefined ? [] : [{ field: 'created', before }];
  const byWords: readonly Condition[] = tokens.map((token) => ({ field: 'texts', has: token }));
  const ways = [byWords, ...(party === undefined || parties.length === 0 ? [] : [[{ field: party, in: parties }]])];
  const pages = ways.map(async (way): Promise<FoundRecords> => {
    const conditions = [...withinReach(context), ...where, ...way, ...below];
    const { value, position } = await views.find(view, context, { where: conditions, sort, limit });
    const records = value.items.map(({ key, doc }) => ({ id: key, created: doc.created, shown: show(doc) }));
    return { records, reached: value.next === null ? undefined : records.at(-1)?.created, position };
  });
  return together(await Promise.all(pages));
}

/** Several searches as one: each record once, newest first, as far down as every one of them has looked. */
export function together<R extends FoundRecord>(found: readonly FoundRecords<R>[]): FoundRecords<R> {
  const reached = found
    .map((one) => one.reached)
    .reduce((least, one) => (least === undefined || (one !== undefined && one > least) ? one : least), undefined);
  const records = new Map(found.flatMap((one) => one.records.map((record) => [record.id, record] as const)));
  const newest = [...records.values()].sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
  return {
    records: reached === undefined ? newest : newest.filter(({ created }) => created >= reached),
    reached,
    position: earliest(...found.map(({ position }) => position)),
  };
}
