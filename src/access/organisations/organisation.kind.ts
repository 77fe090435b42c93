import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { factsIn, type RecordDescription, type RecordKind, RecordKinds } from '../../platform/commands/record-kinds.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { organisations } from './organisation.js';
import { organisationsView } from './organisation.view.js';

/** The organisation itself, for those who show records of all kinds. */
@Injectable()
export class OrganisationKind implements RecordKind, OnModuleInit {
  readonly kind = 'organisation';
  readonly readPermission = 'organisation:read';
  readonly factsOf = factsIn(organisations);

  constructor(
    private readonly kinds: RecordKinds,
    @Inject(READ_MODEL) private readonly model: ReadModel,
  ) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  async describe(organisation: string, ids: readonly string[]): Promise<ReadonlyMap<string, RecordDescription>> {
    if (!ids.includes(organisation)) return new Map();
    const { value } = await this.model.get(organisationsView, organisation);
    return value === null ? new Map() : new Map([[organisation, { label: value.name, facts: {} }]]);
  }

  readonly asOf: NonNullable<RecordKind['asOf']> = async ({ read }, id) => {
    const { state } = await read(organisations, '', id);
    const { name, currency, foundedAt, primary } = state;
    return organisations.exists(state) ? { id, name, currency, foundedAt, primary } : undefined;
  };
}

/** The account's billing in the trail. Its id is the organisation's. */
@Injectable()
export class AccountBillingKind implements RecordKind, OnModuleInit {
  readonly kind = 'account-billing';
  readonly readPermission = 'account-billing:read';

  constructor(private readonly kinds: RecordKinds) {}

  onModuleInit(): void {
    this.kinds.register(this);
  }

  describe(organisation: string): Promise<ReadonlyMap<string, RecordDescription>> {
    return Promise.resolve(new Map([[organisation, { label: "The account's billing", facts: {} }]]));
  }
}
