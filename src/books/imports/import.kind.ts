import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Past } from '../../platform/commands/past-documents.js';
import { descriptionsOf, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { IMPORT_KINDS, IMPORT_PERMISSIONS, IMPORT_RECORDS, type ImportKind, importName, imports } from './import.js';
import { answerOf, importKey, importsView } from './import.view.js';

/** Imports of each kind, for those who show records of all kinds. */
@Injectable()
export class ImportRecordKinds implements OnModuleInit {
  constructor(
    private readonly kinds: RecordKinds,
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  onModuleInit(): void {
    for (const kind of IMPORT_KINDS) this.kinds.register(this.kindOf(kind));
  }

  private kindOf(kind: ImportKind): RecordKind {
    return {
      kind: IMPORT_RECORDS[kind],
      readPermission: IMPORT_PERMISSIONS[kind],
      describe: async (organisation, ids) => {
        const { value } = await this.model.getMany(
          importsView,
          ids.map((id) => importKey(organisation, id)),
        );
        const ofKind = value.map((doc) => (doc?.kind === kind ? doc : null));
        const label = importName(kind);
        return descriptionsOf(organisation, ids, ofKind, ({ createdBy }) => ({
          label: label.charAt(0).toUpperCase() + label.slice(1),
          facts: { createdBy },
        }));
      },
      factsOf: async (read, organisation, id) => {
        const { state } = await read(imports, organisation, id);
        return state.status === 'none' || state.kind !== kind ? undefined : imports.facts(state);
      },
      asOf: (past, organisation, id) => this.asOf(past, organisation, kind, id),
    };
  }

  private async asOf(past: Past, organisation: string, kind: ImportKind, id: string): Promise<object | undefined> {
    const document = await past.document({
      view: importsView,
      key: importKey(organisation, id),
      streams: [streamOf(imports, organisation, id)],
    });
    return document?.organisation === organisation && document.kind === kind ? answerOf(document) : undefined;
  }
}
