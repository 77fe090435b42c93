import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';

/** How far an organisation's books are locked, for those who show records of all kinds. Its id is the organisation's. */
@Injectable()
export class PeriodsKind implements RecordKind, OnModuleInit {
  readonly kind = 'periods';
  readonly readPermission = 'periods:read';

  constructor(private readonly kinds: RecordKinds) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  describe(organisation: string): Promise<ReadonlyMap<string, RecordDescription>> {
    return Promise.resolve(new Map([[organisation, { label: 'Periods of the books', facts: {} }]]));
  }
}
