import { Injectable } from '@nestjs/common';
import type { Existing } from '../../kernel/decider.js';
import { invalid } from '../../kernel/refusal.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import type { RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { journals } from '../journals/journal.js';
import { bankIn } from '../ledger/entry.js';
import { accountOf, purchases } from '../purchases/purchase.js';
import { factsOf, type Transfer, transfers, type TransferSide } from '../transfers/transfer.js';
import { MatchedPayments, type PaidKind, type Shown } from './matched-payments.service.js';
import { bankPaymentsView, bookedOn } from './bank-payment.view.js';
import { journalSlot, type Money } from './transaction.js';
import type { Target } from './transaction.decide.js';

/** What a transaction is to be matched to; one of them. */
export interface MatchBody {
  /** A payment of the invoice is recorded. */
  readonly invoiceId?: string | undefined;
  /** Whether that payment may come to more than is owed. */
  readonly overpayment?: boolean | undefined;
  /** A payment of the purchase is recorded. */
  readonly purchaseId?: string | undefined;
  /** A payment that is recorded already. */
  readonly paymentId?: string | undefined;
  readonly transferId?: string | undefined;
  readonly journalId?: string | undefined;
}

/** Finds what a transaction is to be matched to, and asks whether it can be. */
@Injectable()
export class MatchTargets {
  constructor(
    private readonly states: StateCache,
    private readonly views: ViewReader,
    private readonly payments: MatchedPayments,
    private readonly further: FurtherPermission,
  ) {}

  /**
   * What is not there, not for the person to see, or of another amount or bank account, is told apart by nothing.
   *
   * @throws Refusal
   */
  async find(context: RequestContext, money: Money, body: MatchBody): Promise<Target> {
    const { overpayment, ...targets } = body;
    const [one, other] = Object.entries(targets).flatMap(([field, id]) =>
      id === undefined ? [] : [{ field: field as keyof typeof targets, id }],
    );
    if (overpayment !== undefined && one?.field !== 'invoiceId') throw invalid('overpayment', 'is of an invoice');
    if (one === undefined || other !== undefined)
      throw invalid('body', 'must name one of invoiceId, purchaseId, paymentId, transferId, journalId');
    switch (one.field) {
      case 'invoiceId':
        return this.unpaid(context, { ...money, overpayment }, 'invoice', one.id);
      case 'purchaseId':
        return this.unpaid(context, money, 'purchase', one.id);
      case 'paymentId':
        return this.payment(context, money, one.id);
      case 'transferId':
        return this.transfer(context, money, one.id);
      case 'journalId':
        return this.journal(context, money, one.id);
    }
  }

  private async unpaid(context: RequestContext, shown: Shown, kind: PaidKind, id: string): Promise<Target> {
    await this.payments.require(context, kind, id, shown);
    const codes = await this.codesOf(context.organisation, { kind, id });
    return { to: { kind, id }, ...codes, makes: true, ...(shown.overpayment === true ? { overpayment: true } : {}) };
  }

  private async payment(context: RequestContext, money: Money, paymentId: string): Promise<Target> {
    const { value: payment } = await this.views.get(bankPaymentsView, context, paymentId);
    const fits =
      payment?.organisation === context.organisation &&
      payment.bankAccountId === money.bankAccountId &&
      payment.amount === money.amount &&
      (await this.payments.mayRead(context, payment.record.kind, payment.record.id));
    if (!fits) throw invalid('paymentId', 'is no payment of that amount into or out of this bank account');
    const codes = await this.codesOf(context.organisation, payment.record);
    return { to: payment.record, ...codes, slot: paymentId, makes: false };
  }

  private async journal(context: RequestContext, money: Money, journalId: string): Promise<Target> {
    const { state } = await this.states.load(journals, context.organisation, journalId);
    const fits =
      state.status === 'posted' &&
      bookedOn(state.fields.lines, money.bankAccountId) === money.amount &&
      (await this.payments.mayRead(context, 'journal', journalId));
    if (!fits) throw invalid('journalId', 'is no journal of that amount on this bank account');
    const slot = journalSlot(journalId, money.bankAccountId);
    const to = { kind: 'journal', id: journalId } as const;
    return { to, ...(await this.codesOf(context.organisation, to)), slot, makes: false };
  }

  /**
   * Whoever is not told of a confidential account is not told of the money that went there (rule 6). What such a document
   * names does not change any more; what goes to customers names no confidential account.
   */
  private async codesOf(organisation: string, { kind, id }: Target['to']): Promise<Pick<Target, 'codes'>> {
    if (kind === 'purchase') {
      const { state } = await this.states.load(purchases, organisation, id);
      return state.status === 'absent' ? {} : { codes: [...new Set(state.content.lines.map(accountOf))] };
    }
    if (kind !== 'journal') return {};
    const { state } = await this.states.load(journals, organisation, id);
    if (state.status === 'absent') return {};
    const accounts = state.fields.lines.map(({ account }) => account);
    return { codes: [...new Set(accounts)].filter((account) => bankIn(account) === undefined) };
  }

  private async transfer(context: RequestContext, money: Money, transferId: string): Promise<Target> {
    const { state } = await this.states.load(transfers, context.organisation, transferId);
    const side = sideOf(state, money);
    if (side === undefined || state.status === 'absent' || !(await this.reaches(context, transferId, state)))
      throw invalid('transferId', 'is no transfer of that amount into or out of this bank account');
    return { to: { kind: 'transfer', id: transferId }, slot: side, makes: false };
  }

  private async reaches(context: RequestContext, id: string, transfer: Existing<Transfer>): Promise<boolean> {
    const facts = factsOf(transfer, context.permission);
    return (await this.further.ask(context, context.permission, facts, { kind: 'transfer', id })).allowed;
  }
}

/** The end of a transfer that a transaction can be. */
export function sideOf(transfer: Transfer, { bankAccountId, amount }: Money): TransferSide | undefined {
  if (transfer.status !== 'recorded') return undefined;
  if (transfer.from === bankAccountId && amount === -transfer.amount) return 'from';
  return transfer.to === bankAccountId && amount === transfer.amount ? 'to' : undefined;
}
