import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  descriptionsOf,
  type RecordDescription,
  type RecordKind,
  RecordKinds,
} from '../../platform/commands/record-kinds.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { productsView } from './product.view.js';

/** Products, for those who show records of all kinds. */
@Injectable()
export class ProductKind implements RecordKind, OnModuleInit {
  readonly kind = 'product';
  readonly readPermission = 'products:read';

  constructor(
    private readonly kinds: RecordKinds,
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const { value: docs } = await this.model.getMany(productsView, ids);
    return descriptionsOf(organisation, ids, docs, ({ name, createdBy }) => ({ label: name, facts: { createdBy } }));
  }
}
