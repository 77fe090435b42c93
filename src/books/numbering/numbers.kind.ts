import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';

/** An organisation's register of numbers, for those who show records of all kinds. Its id is the organisation's. */
@Injectable()
export class NumbersKind implements RecordKind, OnModuleInit {
  readonly kind = 'numbers';
  readonly readPermission = 'invoices:read';

  constructor(private readonly kinds: RecordKinds) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  describe(organisation: string): Promise<ReadonlyMap<string, RecordDescription>> {
    return Promise.resolve(new Map([[organisation, { label: 'Register of numbers', facts: {} }]]));
  }
}
