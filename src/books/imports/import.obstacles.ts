import { streamOf } from '../../kernel/decider.js';
import { Refusal } from '../../kernel/refusal.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { isForLines } from '../chart/account.js';
import type { LineAccounts } from '../chart/line-accounts.service.js';
import { customers } from '../customers/customer.js';
import type { PeriodLocks } from '../periods/period-locks.service.js';
import type { RowErrorCode } from './import.js';

/** Why something is not written now that is right by itself. */
export interface Obstacle {
  readonly code: RowErrorCode;
  readonly detail: string;
}

/** What of a document may stand against it. */
export interface Posted {
  readonly customerId: string;
  readonly date: string;
  readonly accountCodes: ReadonlySet<string>;
}

/** What stands against documents of an organisation at the moment, as it does for those that are made by hand. */
export class Obstacles {
  constructor(
    private readonly store: Pick<EventStore, 'newerThan'>,
    private readonly states: StateCache,
    private readonly locks: Pick<PeriodLocks, 'requireOpen'>,
    private readonly accounts: Pick<LineAccounts, 'accounts'>,
    private readonly organisation: string,
  ) {}

  /** In the order of the documents; undefined where nothing stands against one. */
  async of(documents: readonly Posted[]): Promise<readonly (Obstacle | undefined)[]> {
    const [byCustomer, locked, closed] = await Promise.all([
      this.customersAmong(new Set(documents.map(({ customerId }) => customerId))),
      this.lockedAmong([...new Set(documents.map(({ date }) => date))]),
      this.closedAmong(new Set(documents.flatMap(({ accountCodes }) => [...accountCodes]))),
    ]);
    return documents.map(({ customerId, date, accountCodes }) => {
      if (locked.has(date))
        return { code: 'period-locked', detail: 'The books are locked on the day of this document' };
      if ([...accountCodes].some((code) => closed.has(code)))
        return { code: 'invalid-account', detail: 'AccountCode must be of an account of income or costs' };
      return byCustomer.get(customerId);
    });
  }

  /** Nothing but its first event has happened to nearly every customer, which is known without reading any. */
  private async customersAmong(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Obstacle>> {
    const found = new Map<string, Obstacle>();
    for (const id of ids) {
      const newer = this.store.newerThan(streamOf(customers, this.organisation, id), 0);
      if ((newer instanceof Promise ? await newer : newer).length === 0) continue;
      const { state } = await this.states.load(customers, this.organisation, id);
      if (state.status === 'erased') found.set(id, CUSTOMER_ERASED);
      else if (state.status !== 'absent' && state.restricted) found.set(id, CUSTOMER_RESTRICTED);
    }
    return found;
  }

  private async lockedAmong(dates: readonly string[]): Promise<ReadonlySet<string>> {
    if (await this.isOpen(...dates)) return new Set();
    const locked = await Promise.all(dates.map(async (date) => ((await this.isOpen(date)) ? [] : [date])));
    return new Set(locked.flat());
  }

  private async isOpen(...dates: readonly string[]): Promise<boolean> {
    try {
      await this.locks.requireOpen(this.organisation, ...dates);
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'conflict') throw error;
      return false;
    }
  }

  /** Those of some codes that are of no account which lines of documents may name (rule 10). */
  async closedAmong(codes: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    if (codes.size === 0) return codes;
    const accounts = await this.accounts.accounts(this.organisation);
    return new Set(
      [...codes].filter((code) => {
        const account = accounts.byCode(code);
        return account === undefined || !isForLines(account);
      }),
    );
  }
}

export const CUSTOMER_ERASED: Obstacle = { code: 'customer-erased', detail: 'The data of this customer was erased' };
const CUSTOMER_RESTRICTED: Obstacle = {
  code: 'customer-restricted',
  detail: 'The data of this customer may only be stored, until the restriction is lifted',
};
