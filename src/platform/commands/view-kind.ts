import type { FactoryProvider } from '@nestjs/common';
import type { ViewDefinition } from '../../kernel/view.js';
import type { ReadModel } from '../read-model/read-model.port.js';
import { descriptionsOf, type RecordDescription, type RecordKind, RecordKinds } from './record-kinds.js';
import { READ_MODEL } from './tokens.js';

/** A kind of record that has a document of its own in a view. */
export interface ViewKind<Doc extends { readonly organisation: string }> extends Pick<
  RecordKind,
  'kind' | 'readPermission'
> {
  readonly view: ViewDefinition<Doc>;
  /** The document's key; by default the record's id. */
  key?(organisation: string, id: string): string;
  describe(document: Doc): RecordDescription;
  readonly findPeople?: (
    model: ReadModel,
    organisation: string,
    words: string,
    limit: number,
  ) => Promise<readonly string[]>;
}

/** The provider that registers the kind when the application starts. */
export function viewKind<Doc extends { readonly organisation: string }>(declared: ViewKind<Doc>): FactoryProvider {
  const { kind, readPermission, view, findPeople } = declared;
  const kindOver = (model: ReadModel): RecordKind => ({
    kind,
    readPermission,
    async describe(organisation, ids) {
      const keys = ids.map((id) => declared.key?.(organisation, id) ?? id);
      const { value: documents } = await model.getMany(view, keys);
      return descriptionsOf(organisation, ids, documents, (document) => declared.describe(document));
    },
    ...(findPeople && {
      findPeople: (organisation, words, limit) => findPeople(model, organisation, words, limit),
    }),
  });
  return {
    provide: `kind of record: ${kind}`,
    useFactory: (kinds: RecordKinds, model: ReadModel) => kinds.register(kindOver(model)),
    inject: [RecordKinds, READ_MODEL],
  };
}
