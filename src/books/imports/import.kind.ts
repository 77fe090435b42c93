import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  descriptionsOf,
  type RecordDescription,
  type RecordKind,
  RecordKinds,
} from '../../platform/commands/record-kinds.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { importKey, importsView } from './import.view.js';

/** Imports, for those who show records of all kinds. */
@Injectable()
export class ImportKind implements RecordKind, OnModuleInit {
  readonly kind = 'import';
  readonly readPermission = 'invoices:import';

  constructor(
    private readonly kinds: RecordKinds,
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const { value: docs } = await this.model.getMany(
      importsView,
      ids.map((id) => importKey(organisation, id)),
    );
    return descriptionsOf(organisation, ids, docs, ({ createdBy }) => ({
      label: 'Import of invoices',
      facts: { createdBy },
    }));
  }
}
