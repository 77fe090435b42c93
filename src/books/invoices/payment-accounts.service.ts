import { Inject, Injectable } from '@nestjs/common';
import { invalid } from '../../kernel/refusal.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { MAX_PAGE } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import type { Reflecting } from '../../platform/read-model/read-model.port.js';
import { bankAccounts } from '../bank-accounts/bank-account.js';
import { bankAccountsView } from '../bank-accounts/bank-account.view.js';

export interface PaymentAccount {
  readonly id: string;
  readonly label: string;
}

interface Account {
  readonly bankAccountId: string;
  readonly brandId?: string | undefined;
}

/**
 * Where a payment can go: the account that every organisation has, which is no record and known by its id alone, and
 * those of its bank accounts that the person's limits reach. No balances, no bank details: whoever records payments
 * sees what the accounts are called.
 */
@Injectable()
export class PaymentAccounts {
  constructor(
    private readonly states: StateCache,
    private readonly views: ViewReader,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  /** All in one: a page that is cut after it was read would tell of accounts that are not on it. */
  async of(context: RequestContext): Promise<Reflecting<readonly PaymentAccount[]>> {
    const where = [
      { field: 'organisation', eq: context.organisation },
      { field: 'status', eq: 'active' },
    ];
    const found: PaymentAccount[] = [{ id: defaultAccount(context.organisation), label: 'Current account' }];
    let reflected: string | undefined;
    for (let after: string | null | undefined; after !== null;) {
      const page = { where, sort: 'newest', limit: MAX_PAGE, after };
      const { value, position } = await this.views.find(bankAccountsView, context, page);
      for (const { key, doc } of value.items) {
        if (await this.isWithinLimits(context, doc)) found.push({ id: key, label: doc.name });
      }
      reflected ??= position;
      after = value.next;
    }
    return { value: found, position: reflected };
  }

  /**
   * An account that is archived, or beyond the person's limits, is told apart from none at all by nothing.
   *
   * @throws Refusal validation-failed
   */
  async check(context: RequestContext, id: string): Promise<void> {
    if (id === defaultAccount(context.organisation)) return;
    const { state } = await this.states.load(bankAccounts, context.organisation, id);
    const isOpen =
      state.status === 'active' &&
      (await this.isWithinLimits(context, { bankAccountId: id, brandId: state.fields.brandId }));
    if (!isOpen) throw invalid('paymentAccountId', 'is no payment account of this organisation');
  }

  /**
   * The limits of recording payments, whose invoice it is aside; and whoever may look at some bank accounts only pays into
   * no others.
   */
  private async isWithinLimits(context: RequestContext, { bankAccountId, brandId }: Account): Promise<boolean> {
    const { principal, organisation, permission } = context;
    if (principal === undefined) return false;
    const facts = { createdBy: principal.userId, assigned: [principal.userId], brandId, bankAccountId };
    const paying = await this.authoriser.authorise(principal, organisation, permission, facts);
    if (!paying.allowed) return false;
    const looking = await this.authoriser.authorise(principal, organisation, 'bank-accounts:read', facts);
    return looking.allowed || looking.because === 'area';
  }
}

const defaultAccount = (organisation: string): string => derivedId('payment-account', organisation);
