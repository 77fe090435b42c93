import { Inject, Injectable } from '@nestjs/common';
import { type Aggregate, type DecisionContext, type RecordFacts, streamOf } from '../../kernel/decider.js';
import { type DomainEvent, type Metadata, personOf, type PlainDate } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import { invalid, Refusal } from '../../kernel/refusal.js';
import { ORGANISATIONS, type OrganisationDirectory, type Permission } from '../../access/contract.js';
import { Appender } from '../../platform/commands/appender.js';
import { orBusy, retried } from '../../platform/commands/consequences.js';
import { FurtherPermission } from '../../platform/commands/further-permission.js';
import { AUTHORISER, type Authoriser, type RequestContext } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { type Clock, CLOCK, EVENT_STORE } from '../../platform/commands/tokens.js';
import type { EventStore } from '../../platform/event-store/event-store.port.js';
import { newId } from '../../platform/random.js';
import { creditNotes } from '../invoices/credit-note.js';
import { Credits } from '../invoices/credits.service.js';
import { invoices } from '../invoices/invoice.js';
import { recordPayment } from '../invoices/invoice.decide.js';
import { PaymentAccounts } from '../invoices/payment-accounts.service.js';
import { journals } from '../journals/journal.js';
import { JournalFacts } from '../journals/journal-facts.service.js';
import { PeriodLocks } from '../periods/period-locks.service.js';
import { purchases } from '../purchases/purchase.js';
import { payPurchase } from '../purchases/purchase.decide.js';
import { PurchaseFacts } from '../purchases/purchase-facts.service.js';
import type { Money } from './transaction.js';

/** What a payment can be recorded of because of a match. */
export type PaidKind = 'invoice' | 'purchase';
/** What has moved money, one way or the other. */
export type PaymentKind = PaidKind | 'credit-note' | 'journal';

interface Payment {
  readonly amount: Minor;
  readonly date: PlainDate;
  readonly paymentAccountId: string;
  readonly overpayment: boolean;
}

/** A transaction, as a payment is made of it. */
export interface Shown extends Money {
  /** Whether it may come to more than is owed; of an invoice. */
  readonly overpayment?: boolean | undefined;
}

type Deciding = Pick<DecisionContext, 'userId' | 'organisation'>;

/** A document as it stood when it was loaded. */
interface Loaded {
  readonly exists: boolean;
  readonly revision: number;
  facts(): Promise<RecordFacts>;
  /** The events of a payment. @throws Refusal */
  pay(payment: Payment, deciding: Deciding): Promise<readonly DomainEvent[]>;
}

/** How one kind of document is paid. */
interface Payable {
  readonly permission: Permission;
  readonly field: 'invoiceId' | 'purchaseId';
  /** Of the amounts of transactions that pay such a document. */
  readonly sign: 1 | -1;
  /** The event of which the payment's id is. */
  readonly paid: string;
  readonly aggregate: Pick<Aggregate<never, never>, 'name' | 'within'>;
  readonly load: (organisation: string, id: string) => Promise<Loaded>;
}

const READING: Readonly<Record<PaymentKind, Permission>> = {
  invoice: 'invoices:read',
  purchase: 'purchases:read',
  'credit-note': 'credit-notes:read',
  journal: 'journals:read',
};

/** Payments that are recorded because a bank transaction shows them, by the decisions of the documents that they pay. */
@Injectable()
export class MatchedPayments {
  private readonly payables: Readonly<Record<PaidKind, Payable>>;

  constructor(
    private readonly states: StateCache,
    private readonly appender: Appender,
    private readonly accounts: PaymentAccounts,
    private readonly further: FurtherPermission,
    private readonly locks: PeriodLocks,
    private readonly credits: Credits,
    private readonly purchaseFacts: PurchaseFacts,
    private readonly journalFacts: JournalFacts,
    @Inject(ORGANISATIONS) private readonly organisations: OrganisationDirectory,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.payables = {
      invoice: {
        permission: 'invoices:record-payment',
        field: 'invoiceId',
        sign: 1,
        paid: 'PaymentRecorded',
        aggregate: invoices,
        load: (organisation, id) => this.invoice(organisation, id),
      },
      purchase: {
        permission: 'purchases:pay',
        field: 'purchaseId',
        sign: -1,
        paid: 'PurchasePaid',
        aggregate: purchases,
        load: (organisation, id) => this.purchase(organisation, id),
      },
    };
  }

  /**
   * Whether the request's person may record this payment, and the document takes it: what `record` would refuse is refused
   * before anything is written. A document that is not theirs to pay is told apart from none at all by nothing.
   *
   * @throws Refusal
   */
  async require(context: RequestContext, kind: PaidKind, id: string, money: Shown): Promise<void> {
    const { permission, field, sign, load } = this.payables[kind];
    const { organisation, principal } = context;
    const document = await load(organisation, id);
    const record = document.exists ? { kind, id } : undefined;
    const verdict = await this.further.ask(context, permission, await document.facts(), record);
    if (!verdict.allowed && verdict.because === 'area')
      throw new Refusal('permission-denied', `This needs the permission ${permission}`, { permission });
    if (!verdict.allowed || !document.exists) throw invalid(field, `is no ${kind} of this organisation`);
    if (Math.sign(money.amount) !== sign)
      throw invalid(field, `is matched to money that ${sign === 1 ? 'comes in' : 'goes out'}`);
    await this.accounts.check({ ...context, permission }, money.bankAccountId);
    await this.locks.requireOpen(organisation, money.date);
    await document.pay(paymentOf(money), { organisation, userId: principal?.userId ?? '' });
  }

  /** Whether the request's person may look at the document. */
  async mayRead({ principal, organisation }: RequestContext, kind: PaymentKind, id: string): Promise<boolean> {
    if (principal === undefined) return false;
    const facts = await this.factsOf(organisation, kind, id);
    return (
      facts !== undefined && (await this.authoriser.authorise(principal, organisation, READING[kind], facts)).allowed
    );
  }

  private async factsOf(organisation: string, kind: PaymentKind, id: string): Promise<RecordFacts | undefined> {
    switch (kind) {
      case 'invoice':
      case 'purchase': {
        const document = await this.payables[kind].load(organisation, id);
        return document.exists ? document.facts() : undefined;
      }
      case 'credit-note': {
        const { state } = await this.states.load(creditNotes, organisation, id);
        return creditNotes.exists(state) ? creditNotes.facts(state) : undefined;
      }
      case 'journal': {
        const { state } = await this.states.load(journals, organisation, id);
        return journals.exists(state) ? this.journalFacts.now(organisation, state) : undefined;
      }
    }
  }

  /**
   * Resolves when the payment stands in the document's stream, under this id, once.
   *
   * @throws Refusal conflict where the document does not take it any more; unavailable where too many write it at once
   */
  async record(
    organisation: string,
    { kind, id }: { readonly kind: PaidKind; readonly id: string },
    money: Shown,
    paymentId: string,
    metadata: Metadata,
  ): Promise<void> {
    const { aggregate, paid, load } = this.payables[kind];
    const stream = streamOf(aggregate, organisation, id);
    const deciding = { organisation, userId: personOf(metadata.actor) ?? '' };
    const attempt = async (): Promise<void> => {
      const document = await load(organisation, id);
      if (await this.isThere(stream, paymentId)) return;
      const events = await document.pay(paymentOf(money), deciding);
      const eventIds = events.map(({ type }) => (type === paid ? paymentId : newId(this.clock())));
      const append = { stream, expected: document.revision, events, metadata };
      await this.appender.append({ eventIds, keyed: undefined }, append);
    };
    await orBusy(`the ${kind}`, retried(attempt));
  }

  private async isThere(stream: string, paymentId: string): Promise<boolean> {
    for await (const { id } of this.store.readStream(stream)) if (id === paymentId) return true;
    return false;
  }

  private async invoice(organisation: string, id: string): Promise<Loaded> {
    const { state, revision } = await this.states.load(invoices, organisation, id);
    return {
      exists: invoices.exists(state),
      revision,
      facts: () => Promise.resolve(invoices.facts(state)),
      pay: async (payment, deciding) =>
        recordPayment(payment)(state, this.now(deciding), await this.credits.voidNotes(organisation, state)),
    };
  }

  /** With both pairs of eyes where they are asked for (rule 9): the person who matches is the one who pays. */
  private async purchase(organisation: string, id: string): Promise<Loaded> {
    const { state, revision } = await this.states.load(purchases, organisation, id);
    return {
      exists: purchases.exists(state),
      revision,
      facts: () => this.purchaseFacts.now(organisation, state),
      pay: async (payment, deciding) => {
        const twoPairs = await this.organisations.hasTwoPairsOfEyes(organisation);
        return payPurchase(payment)(state, this.now(deciding), { twoPairs });
      },
    };
  }

  private now(deciding: Deciding): DecisionContext {
    return { ...deciding, now: new Date(this.clock()).toISOString(), newId: newId(this.clock()) };
  }
}

const paymentOf = ({ bankAccountId, date, amount, overpayment = false }: Shown): Payment => ({
  amount: Math.abs(amount),
  date,
  paymentAccountId: bankAccountId,
  overpayment,
});
