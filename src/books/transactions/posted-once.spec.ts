import fc from 'fast-check';
import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { type Aggregate, type Decide, streamOf } from '../../kernel/decider.js';
import type { DomainEvent, Metadata, Recorded } from '../../kernel/event.js';
import { Refusal } from '../../kernel/refusal.js';
import { EventCodec } from '../../platform/codec/event-codec.js';
import { Appender } from '../../platform/commands/appender.js';
import { Consequences } from '../../platform/commands/consequences.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { StoreUnavailable, WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { newId } from '../../platform/random.js';
import { booksEvents } from '../events.js';
import { Credits } from '../invoices/credits.service.js';
import { invoices } from '../invoices/invoice.js';
import { recordPayment } from '../invoices/invoice.decide.js';
import { journals } from '../journals/journal.js';
import { bankKey } from '../ledger/entry.js';
import { entryOf } from '../ledger/rules.js';
import { purchases } from '../purchases/purchase.js';
import { reconciliations } from '../statements/reconciliation.js';
import { beginReconciliation } from '../statements/reconciliation.decide.js';
import { ReconcilingService } from '../statements/reconciling.service.js';
import { heldSides } from '../transfers/held-sides.service.js';
import { transfers } from '../transfers/transfer.js';
import { recordTransfer, voidTransfer } from '../transfers/transfer.decide.js';
import { sideOf } from './match-targets.service.js';
import { MatchedPayments } from './matched-payments.service.js';
import { Matching } from './matching.service.js';
import { journalSlot, type Transaction, type TransactionEvent, transactions } from './transaction.js';
import {
  beginMatch,
  editTransaction,
  explainTransaction,
  recordTransaction,
  type Target,
  unexplainTransaction,
  unmatchTransaction,
  voidTransaction,
} from './transaction.decide.js';

const ORGANISATION = 'o1';
const ACCOUNTS = ['a1', 'a2'] as const;
const DOCUMENTS = [0, 1, 2] as const;
const DATE = '2026-03-01';
const METADATA: Metadata = {
  organisation: ORGANISATION,
  actor: { kind: 'user', id: 'ann' },
  command: 'Spec',
  correlationId: 'c',
  requestId: 'r',
};
const CLOCK = (): number => Date.UTC(2026, 2, 1);
const ABSENT = undefined as never;
const COST = { accountCode: '5000', vatRate: 0, net: 300, vat: 0 };

type There = Exclude<Transaction, { status: 'absent' }>;

/** A bank of two accounts, three invoices and three purchases of 300 each, whose store fails now and then. */
class Bank {
  readonly store = new MemoryEventStore();
  private readonly codec = new EventCodec(
    {
      subjectKey: () => Promise.resolve({ key: new Uint8Array(32) }),
      subjectKeyForWriting: () => Promise.resolve({ key: new Uint8Array(32) }),
    },
    [booksEvents],
  );
  private readonly states = new StateCache(this.store, this.codec);
  private readonly appender = new Appender(this.store, this.codec, CLOCK);
  private readonly consequences = new Consequences(this.states, this.appender, CLOCK);
  private readonly matching: Matching;
  private readonly reconciling: ReconcilingService;
  readonly lines: string[] = [];
  readonly moved: string[] = [];
  readonly journals: { readonly id: string; readonly account: string; readonly amount: number }[] = [];

  constructor() {
    const { states, appender, store, consequences } = this;
    const credits = new Credits(states, appender);
    const organisations = { hasTwoPairsOfEyes: () => Promise.resolve(false) } as never;
    const nobody = [ABSENT, ABSENT, ABSENT] as const;
    const payments = new MatchedPayments(
      states,
      appender,
      ...nobody,
      credits,
      ABSENT,
      ABSENT,
      organisations,
      ABSENT,
      store,
      CLOCK,
    );
    this.matching = new Matching(states, consequences, payments);
    this.reconciling = new ReconcilingService(states, appender, consequences, ...nobody, ABSENT, ABSENT);
  }

  async open(): Promise<void> {
    const content = { date: DATE, currency: 'GBP', lines: [], net: 300, vat: 0, total: 300, createdBy: 'ann' };
    const booked = { date: DATE, total: 300 };
    for (const n of DOCUMENTS) {
      await this.append(invoices, `i${n}`, [
        { type: 'InvoiceCreated', data: { ...content, customerId: 'c' } },
        { type: 'InvoiceIssued', data: { number: n, issuedOn: DATE, customerId: 'c', billTo: 'erased' } },
      ]);
      await this.append(purchases, `p${n}`, [
        { type: 'PurchaseDrafted', data: { ...content, supplierId: 's' } },
        { type: 'PurchaseSubmitted', data: { by: 'ann' } },
        {
          type: 'PurchaseApproved',
          data: { by: 'ann', supplierId: 's', from: 'erased', booked: { ...booked, supplierId: 's', amounts: [COST] } },
        },
      ]);
    }
  }

  /** Enough for things to meet. */
  async begin(): Promise<void> {
    for (const account of [0, 1]) {
      for (const amount of [100, 100, -100, -100, 200]) await this.line(account, amount);
      await this.transfer(account, 100);
      await this.journal(account, 100);
    }
  }

  async line(account: number, amount: number): Promise<void> {
    const id = newId(CLOCK());
    const input = { bankAccountId: ACCOUNTS[account]!, date: DATE, amount, description: 'x' };
    await this.act(transactions, id, recordTransaction(input), () => ({ currency: 'GBP' }));
    this.lines.push(id);
  }

  change(nth: number, decide: Decide<Transaction, TransactionEvent>): Promise<unknown> {
    return this.act(transactions, this.lines[nth]!, decide, () => undefined);
  }

  /** As the handler does, but for permissions. */
  async match(nth: number, target: (line: There) => Promise<Target | undefined>): Promise<void> {
    const id = this.lines[nth]!;
    const { state } = await this.states.load(transactions, ORGANISATION, id);
    const found = state.status === 'absent' ? undefined : await target(state);
    if (found === undefined) return;
    const [begun] = await this.act(transactions, id, beginMatch(found), () => undefined);
    if (begun?.type === 'TransactionMatchBegun')
      await this.matching.settle(ORGANISATION, id, begun.data.matchId, METADATA);
  }

  /** Of the payments so far that fit, one. */
  payment(nth: number, { bankAccountId, amount }: There): Target | undefined {
    const fitting = this.store.events.filter(({ type, data }) => {
      const sign = type === 'PaymentRecorded' ? 1 : type === 'PurchasePaid' ? -1 : 0;
      const payment = data as { amount: number; paymentAccountId: string };
      return sign !== 0 && payment.paymentAccountId === bankAccountId && sign * payment.amount === amount;
    });
    const event = fitting[nth % Math.max(fitting.length, 1)];
    if (event === undefined) return undefined;
    const kind = event.type === 'PurchasePaid' ? 'purchase' : 'invoice';
    return { to: { kind, id: event.stream.split('/')[1]! }, slot: event.id, makes: false };
  }

  /** Of the transfers of which it can be an end, one. */
  async end(nth: number, line: There): Promise<Target | undefined> {
    const fitting: Target[] = [];
    for (const id of this.moved) {
      const { state } = await this.states.load(transfers, ORGANISATION, id);
      const slot = sideOf(state, line);
      if (slot !== undefined) fitting.push({ to: { kind: 'transfer', id }, slot, makes: false });
    }
    return fitting[nth % Math.max(fitting.length, 1)];
  }

  async pay(nth: number, account: number, amount: number): Promise<void> {
    const payment = { amount, date: DATE, paymentAccountId: ACCOUNTS[account]! };
    await this.act(invoices, `i${nth}`, recordPayment(payment), () => ({ voidNotes: new Set<string>() }));
  }

  async transfer(account: number, amount: number): Promise<void> {
    const id = newId(CLOCK());
    const input = { from: ACCOUNTS[account]!, to: ACCOUNTS[1 - account]!, date: DATE, amount };
    await this.act(transfers, id, recordTransfer(input), () => ({ currency: 'GBP', brands: {} }));
    this.moved.push(id);
  }

  /** What lines of documents may not name: tax, for one. */
  async journal(account: number, amount: number): Promise<void> {
    const id = newId(CLOCK());
    const lines = [
      { account: bankKey(ACCOUNTS[account]!), accountCode: '1201', amount },
      { account: '2202', accountCode: '2202', amount: -amount },
    ];
    const data = { date: DATE, purpose: 'journal', currency: 'GBP', lines, createdBy: 'ann' };
    await this.append(journals, id, [{ type: 'JournalPosted', data }]);
    this.journals.push({ id, account: ACCOUNTS[account]!, amount });
  }

  /** Of the journals that fit, one. */
  booked(nth: number, { bankAccountId, amount }: There): Target | undefined {
    const fitting = this.journals.filter((one) => one.account === bankAccountId && one.amount === amount);
    const found = fitting[nth % Math.max(fitting.length, 1)];
    return found && { to: { kind: 'journal', id: found.id }, slot: journalSlot(found.id, bankAccountId), makes: false };
  }

  async voidTransfer(nth: number): Promise<void> {
    const id = this.moved[nth % Math.max(this.moved.length, 1)];
    if (id === undefined) return;
    await this.act(transfers, id, voidTransfer('x'), async (state) => ({
      held: await heldSides(this.states, ORGANISATION, state),
    }));
  }

  /** All that is accounted for; as the handler does. */
  async reconcile(account: number): Promise<void> {
    const bankAccountId = ACCOUNTS[account]!;
    const lines = (await this.all()).flatMap(({ id, state, revision }) => {
      const isOpen = state.status === 'explained' || state.status === 'matched';
      const isOurs = state.bankAccountId === bankAccountId && state.reconciliationId === undefined;
      return isOpen && isOurs ? [{ id, revision, amount: state.amount, codes: state.codes }] : [];
    });
    const begin = beginReconciliation({ bankAccountId, through: DATE });
    const [begun] = await this.act(reconciliations, ORGANISATION, begin, () => ({ lines, unexplained: 0 }));
    if (begun !== undefined) await this.reconciling.settle(ORGANISATION, begun.data.reconciliationId, METADATA);
  }

  /** What the sweeps do. */
  async recover(): Promise<void> {
    for (const { id, state } of await this.all()) {
      if (state.status !== 'matching') continue;
      await unlessRefused(this.matching.settle(ORGANISATION, id, state.match.matchId, METADATA));
    }
    const { state } = await this.states.load(reconciliations, '', ORGANISATION);
    for (const { agreed } of [...state.open.values()])
      await unlessRefused(this.reconciling.settle(ORGANISATION, agreed.reconciliationId, METADATA));
  }

  async all(): Promise<readonly { id: string; state: There; revision: number }[]> {
    const all = await Promise.all(
      this.lines.map(async (id) => ({ id, ...(await this.states.load(transactions, ORGANISATION, id)) })),
    );
    return all.map(({ id, state, revision }) => ({ id, state: state as There, revision }));
  }

  async closing(account: string): Promise<number> {
    const { state } = await this.states.load(reconciliations, '', ORGANISATION);
    return state.last.get(account)?.closing ?? 0;
  }

  async opened(): Promise<readonly Recorded[]> {
    return await this.codec.open(this.store.events);
  }

  private append(aggregate: Parameters<typeof streamOf>[0], id: string, events: readonly DomainEvent[]) {
    const stream = streamOf(aggregate, ORGANISATION, id);
    return this.appender.append(
      { eventIds: [], keyed: undefined },
      { stream, expected: 'no-stream', events, metadata: METADATA },
    );
  }

  private async act<S, E extends DomainEvent, P>(
    aggregate: Aggregate<S, E>,
    id: string,
    decide: Decide<S, E, P>,
    prepare: (state: S) => P | Promise<P>,
  ): Promise<readonly Recorded<E>[]> {
    const [organisation, made] = [aggregate.within === 'itself' ? '' : ORGANISATION, newId(CLOCK())];
    for (;;) {
      const { state, revision } = await this.states.load(aggregate, organisation, id);
      const prepared = await prepare(state);
      const context = { now: new Date(CLOCK()).toISOString(), userId: 'ann', organisation, newId: made };
      const events = decide(state, context, prepared);
      if (events.length === 0) return [];
      const stream = streamOf(aggregate, organisation, id);
      const expected = revision === -1 ? 'no-stream' : revision;
      try {
        const append = { stream, expected, events, metadata: METADATA } as const;
        return await this.appender.append({ eventIds: [], keyed: undefined }, append);
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision)) throw error;
      }
    }
  }
}

/** What people are refused, and what broke off, is no fault of the books. */
async function unlessRefused(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof Refusal) && !(error instanceof StoreUnavailable)) throw error;
  });
}

const explained: Decide<Transaction, TransactionEvent> = (state, context) =>
  explainTransaction({ accountCode: '4000', vatRate: 2000 })(state, context, { side: 'output' });

type Step = (bank: Bank) => Promise<unknown>;

const account = fc.constantFrom(0, 1);
const size = fc.constantFrom(100, 200);
const nth = fc.nat({ max: 11 });
const document = fc.constantFrom(...DOCUMENTS);
const ofLine = (work: (bank: Bank, line: number) => Promise<unknown>): fc.Arbitrary<Step> =>
  nth.map((n) => async (bank) => (bank.lines.length === 0 ? undefined : work(bank, n % bank.lines.length)));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.tuple(account, size, fc.constantFrom(1, -1)).map(
      ([a, n, sign]) =>
        (bank: Bank) =>
          bank.line(a, sign * n),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(nth, document).map(
      ([n, d]) =>
        async (bank: Bank) =>
          bank.lines.length === 0
            ? undefined
            : bank.match(n % bank.lines.length, async ({ amount }) => ({
                to: amount > 0 ? { kind: 'invoice', id: `i${d}` } : { kind: 'purchase', id: `p${d}` },
                makes: true,
              })),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(nth, nth).map(
      ([n, p]) =>
        async (bank: Bank) =>
          bank.lines.length === 0
            ? undefined
            : bank.match(n % bank.lines.length, async (line) => bank.payment(p, line)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(nth, nth).map(
      ([n, t]) =>
        async (bank: Bank) =>
          bank.lines.length === 0 ? undefined : bank.match(n % bank.lines.length, (line) => bank.end(t, line)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(nth, nth).map(
      ([n, j]) =>
        async (bank: Bank) =>
          bank.match(n % bank.lines.length, async (line) => bank.booked(j, line)),
    ),
  },
  fc.tuple(account, size, fc.constantFrom(1, -1)).map(
    ([a, n, sign]) =>
      (bank: Bank) =>
        bank.journal(a, sign * n),
  ),
  fc.tuple(document, account, size).map(
    ([d, a, n]) =>
      (bank: Bank) =>
        bank.pay(d, a, n),
  ),
  fc.tuple(account, size).map(
    ([a, n]) =>
      (bank: Bank) =>
        bank.transfer(a, n),
  ),
  nth.map((n) => (bank: Bank) => bank.voidTransfer(n)),
  { weight: 3, arbitrary: ofLine((bank, line) => bank.change(line, explained)) },
  ofLine((bank, line) => bank.change(line, unexplainTransaction())),
  // Explained again for another amount: a reconciliation that has added up the one before must notice.
  fc.tuple(nth, size).chain(([n, amount]) =>
    ofLine(async (bank, line) => {
      await bank.change((line + n) % bank.lines.length, unexplainTransaction());
      await bank.change((line + n) % bank.lines.length, editTransaction({ amount }));
      await bank.change((line + n) % bank.lines.length, explained);
    }),
  ),
  ofLine((bank, line) => bank.change(line, unmatchTransaction())),
  ofLine((bank, line) => bank.change(line, voidTransaction('x'))),
  { weight: 2, arbitrary: account.map((a) => (bank: Bank) => bank.reconcile(a)) },
);

/** Steps at once, and the append among theirs that fails, as it does where the process ends: what came before it stands. */
const round = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 3 }),
  fails: fc.option(fc.nat({ max: 4 })),
});

async function live(rounds: readonly { steps: readonly Step[]; fails: number | null }[]): Promise<Bank> {
  const bank = new Bank();
  await bank.open();
  await bank.begin();
  for (const { steps, fails } of rounds) {
    let appends = 0;
    bank.store.beforeAppend = () => {
      if (fails !== null && appends++ >= fails) throw new StoreUnavailable('gone');
    };
    await Promise.all(steps.map((one) => unlessRefused(one(bank))));
    bank.store.beforeAppend = () => undefined;
    if (fails !== null) await bank.recover();
  }
  await bank.recover();
  return bank;
}

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);

it('no amount of the bank is posted twice, whatever happens, at once, and breaks off', async () => {
  const seen = { matched: 0, made: 0, transfers: 0, journals: 0, reconciled: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 10, maxLength: 30, size: 'max' }), async (rounds) => {
      const bank = await live(rounds);
      const events = await bank.opened();
      const lines = await bank.all();
      const entries = events.flatMap((event) => entryOf(event)?.postings ?? []);

      const matches = lines.flatMap(({ state }) =>
        state.status === 'matched'
          ? [{ ...state.match, ...state, slot: `${state.match.to.id}/${state.match.slot}` }]
          : [],
      );
      expect(lines.filter(({ state }) => state.status === 'matching')).toEqual([]);
      // One line for each payment and each end of a transfer.
      expect(new Set(matches.map(({ slot }) => slot)).size).toBe(matches.length);

      const payments = events.flatMap((event): { id: string; slot: string; account: string; amount: number }[] => {
        if (event.type !== 'PaymentRecorded' && event.type !== 'PurchasePaid') return [];
        const data = event.data as { amount: number; paymentAccountId: string };
        const slot = `${event.stream.split('/')[1]}/${event.id}`;
        const amount = event.type === 'PurchasePaid' ? -data.amount : data.amount;
        return [{ id: event.id, slot, account: data.paymentAccountId, amount }];
      });
      const voids = new Set(events.filter(({ type }) => type === 'TransferVoided').map(({ stream }) => stream));
      const ends = events.flatMap((event) => {
        if (event.type !== 'TransferRecorded' || voids.has(event.stream)) return [];
        const { from, to, amount } = event.data as { from: string; to: string; amount: number };
        const id = event.stream.split('/')[1];
        return [
          { id, slot: `${id}/from`, account: from, amount: -amount },
          { id, slot: `${id}/to`, account: to, amount },
        ];
      });
      const booked = bank.journals.map(({ id, account, amount }) => ({
        id,
        slot: `${id}/${journalSlot(id, account)}`,
        account,
        amount,
      }));
      const postedElsewhere = new Map([...payments, ...ends, ...booked].map((one) => [one.slot, one]));
      for (const { slot, amount, bankAccountId } of matches)
        expect(postedElsewhere.get(slot)).toMatchObject({ amount, account: bankAccountId });

      const shown = new Set(matches.map(({ slot }) => slot));
      for (const bankAccountId of ACCOUNTS) {
        const ours = lines.filter(({ state }) => state.bankAccountId === bankAccountId);
        const accounted = ours.filter(({ state }) => state.status === 'explained' || state.status === 'matched');
        const unseen = [...postedElsewhere.values()].filter(
          (one) => one.account === bankAccountId && !shown.has(one.slot),
        );
        const balance = sum(
          entries.filter((one) => one.account === bankKey(bankAccountId)).map(({ amount }) => amount),
        );
        // A payment of a document that no customer or supplier is known of posts nothing; here all are.
        expect(balance).toBe(
          sum([...accounted.map(({ state }) => state.amount), ...unseen.map(({ amount }) => amount)]),
        );
        const reconciled = ours.filter(({ state }) => state.reconciliationId !== undefined);
        expect(await bank.closing(bankAccountId)).toBe(sum(reconciled.map(({ state }) => state.amount)));
        for (const { state } of reconciled) expect(['explained', 'matched']).toContain(state.status);
        seen.reconciled += reconciled.length;
      }
      seen.matched += matches.length;
      seen.made += matches.filter(({ makes }) => makes).length;
      seen.transfers += matches.filter(({ to }) => to.kind === 'transfer').length;
      seen.journals += matches.filter(({ to }) => to.kind === 'journal').length;
      seen.failed += events.filter(({ type }) => type === 'TransactionMatchFailed').length;
    }),
    { numRuns: 150 },
  );
  // It was no history in which nothing happens.
  for (const [what, count] of Object.entries(seen)) expect([what, count > 20]).toEqual([what, true]);
}, 120_000);
