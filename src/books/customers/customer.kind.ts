import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import {
  descriptionsOf,
  type RecordDescription,
  type RecordKind,
  RecordKinds,
} from '../../platform/commands/record-kinds.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { customersView, wordsOf } from './customer.view.js';

/** Customers, for those who show records of all kinds and look for people. */
@Injectable()
export class CustomerKind implements RecordKind, OnModuleInit {
  readonly kind = 'customer';
  readonly readPermission = 'customers:read';

  constructor(
    private readonly kinds: RecordKinds,
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    const { value: docs } = await this.model.getMany(customersView, ids);
    return descriptionsOf(organisation, ids, docs, ({ name, createdBy }) => ({ label: name, facts: { createdBy } }));
  }

  async findPeople(organisation: string, words: string, limit: number): Promise<readonly string[]> {
    const wanted = wordsOf(words);
    if (wanted.length === 0) return [];
    const { value } = await this.model.find(customersView, {
      where: [{ field: 'organisation', eq: organisation }, ...wanted.map((word) => ({ field: 'words', has: word }))],
      sort: 'newest',
      limit,
    });
    return value.items.map(({ key }) => key);
  }
}
