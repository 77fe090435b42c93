import type { FactoryProvider } from '@nestjs/common';
import type { Reach } from '../../kernel/decider.js';
import type { Condition, ViewDefinition } from '../../kernel/view.js';
import type { Awaitable } from '../event-store/event-store.port.js';
import { ViewReader } from '../http/view-reader.js';
import type { ReadModel, Reflecting } from '../read-model/read-model.port.js';
import type { RequestContext } from './principal.js';
import { descriptionsOf, type RecordDescription, type RecordKind, RecordKinds, type Sees } from './record-kinds.js';
import { type Searched, type SearchedDoc, searchView } from './record-search.js';
import { READ_MODEL } from './tokens.js';

/** A kind of record that has a document of its own in a view. */
export interface ViewKind<Doc extends { readonly organisation: string }> extends Pick<
  RecordKind,
  'kind' | 'readPermission' | 'factsOf'
> {
  readonly view: ViewDefinition<Doc>;
  /** The document's key; by default the record's id. */
  key?(organisation: string, id: string): string;
  /** How a record as it stood once is told: from its events, which are in these streams. */
  readonly past?: {
    streams(organisation: string, id: string): readonly string[];
    /** As its GET answers it; undefined where that answers 404. */
    show(id: string, document: Doc, sees: Sees): Awaitable<object | undefined>;
  };
  /** Whether such records belong to projects (or are these). Their view has a sort order `newest`, and `reach` is indexed. */
  readonly ofProjects?: true;
  describe(document: Doc, id: string): RecordDescription;
  /** How such records are searched. */
  readonly searched?: Doc extends SearchedDoc ? Searched<Doc> : never;
  readonly findPeople?: (
    model: ReadModel,
    organisation: string,
    words: string,
    limit: number,
  ) => Promise<readonly string[]>;
}

/** The provider that registers the kind when the application starts. */
export function viewKind<Doc extends { readonly organisation: string }>(declared: ViewKind<Doc>): FactoryProvider {
  const { kind, readPermission, factsOf, view, past, ofProjects, findPeople } = declared;
  const kindOver = (model: ReadModel, views: ViewReader): RecordKind => ({
    kind,
    readPermission,
    ...(factsOf && { factsOf }),
    ...(past && { asOf: asOfIn(declared, past) }),
    async describe(organisation, ids) {
      const keys = ids.map((id) => declared.key?.(organisation, id) ?? id);
      const { value: documents } = await model.getMany(view, keys);
      return descriptionsOf(organisation, ids, documents, (document, id) => declared.describe(document, id));
    },
    ...(ofProjects && { ofProjects: (context, reach, limit) => newestOf(views, view, context, reach, limit) }),
    ...(findPeople && {
      findPeople: (organisation, words, limit) => findPeople(model, organisation, words, limit),
    }),
    ...searchIn(declared, views),
  });
  return {
    provide: `kind of record: ${kind}`,
    useFactory: (kinds: RecordKinds, model: ReadModel, views: ViewReader) => kinds.register(kindOver(model, views)),
    inject: [RecordKinds, READ_MODEL, ViewReader],
  };
}

function searchIn<Doc extends { readonly organisation: string }>(
  { view, searched }: ViewKind<Doc>,
  views: ViewReader,
): Pick<RecordKind, 'search'> {
  if (searched === undefined) return {};
  // Only a kind whose documents are searched can declare how.
  const [searchedView, by] = [view, searched] as unknown as [ViewDefinition<SearchedDoc>, Searched<SearchedDoc>];
  return { search: (context, sought) => searchView(views, searchedView, by, context, sought) };
}

/** The document as its view held it once, shown as it is shown now. */
const asOfIn =
  <Doc extends { readonly organisation: string }>(
    kind: ViewKind<Doc>,
    told: NonNullable<ViewKind<Doc>['past']>,
  ): NonNullable<RecordKind['asOf']> =>
  async (past, organisation, id, sees) => {
    const document = await past.document({
      view: kind.view,
      key: kind.key?.(organisation, id) ?? id,
      streams: told.streams(organisation, id),
    });
    return document?.organisation === organisation ? told.show(id, document, sees) : undefined;
  };

/** Keys of the newest documents of the context's organisation that are within each of the reaches. */
export async function newestOf(
  views: ViewReader,
  view: ViewDefinition,
  context: RequestContext,
  reach: readonly Reach[],
  limit: number,
  more: readonly Condition[] = [],
): Promise<Reflecting<readonly string[]>> {
  const within = reach.flatMap(({ tokens }): Condition[] =>
    tokens === 'all' ? [] : [{ field: 'reach', hasAny: tokens }],
  );
  const where = [{ field: 'organisation', eq: context.organisation }, ...within, ...more];
  const { value, position } = await views.find(view, context, { where, sort: 'newest', limit });
  return { value: value.items.map(({ key }) => key), position };
}
