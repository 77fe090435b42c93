import fc from 'fast-check';
import type { PlainDate, Recorded } from '../../src/kernel/event.js';
import type { RequestContext } from '../../src/platform/commands/principal.js';
import { creditNotes } from '../../src/books/invoices/credit-note.js';
import {
  createCreditNote,
  creditOf,
  issueCreditNote,
  refundCreditNote,
  voidCreditNote,
} from '../../src/books/invoices/credit-note.decide.js';
import { invoices } from '../../src/books/invoices/invoice.js';
import {
  createInvoice,
  discardInvoice,
  editInvoice,
  issueInvoice,
  recordPayment,
  recordRefund,
  reserveCredit,
  voidInvoice,
} from '../../src/books/invoices/invoice.decide.js';
import { invoicesView } from '../../src/books/invoices/invoice.view.js';
import { type JournalReversed, journals } from '../../src/books/journals/journal.js';
import {
  closeYear,
  postJournal,
  postOpeningBalances,
  postReversal,
  reverseJournal,
} from '../../src/books/journals/journal.decide.js';
import type { LedgerEntryDoc } from '../../src/books/ledger/ledger-entry.view.js';
import { ledgerEntriesView } from '../../src/books/ledger/ledger-entry.view.js';
import { openItemsView } from '../../src/books/ledger/open-item.view.js';
import { purchases } from '../../src/books/purchases/purchase.js';
import {
  approvePurchase,
  draftPurchase,
  editPurchase,
  payPurchase,
  submitPurchase,
  voidPurchase,
} from '../../src/books/purchases/purchase.decide.js';
import { transactions } from '../../src/books/transactions/transaction.js';
import {
  explainTransaction,
  recordTransaction,
  unexplainTransaction,
} from '../../src/books/transactions/transaction.decide.js';
import { transfers } from '../../src/books/transfers/transfer.js';
import { recordTransfer, voidTransfer } from '../../src/books/transfers/transfer.decide.js';
import { LedgerWorld, ORGANISATION } from '../support/ledger-world.js';

const CURRENCY = 'GBP';
const BANKS = ['b1', 'b2'] as const;
const KEYS = new Map(
  ['1001', '1100', '2100', '2200', '3000', '3200', '4000', '4900', '5000', '7100'].map((code) => [code, code]),
);
const CONTEXT = { organisation: ORGANISATION } as RequestContext;

/** One step of a history: numbers that stand for whatever there is to choose from. */
interface Step {
  readonly what: number;
  readonly which: number;
  readonly other: number;
  readonly amount: number;
  readonly date: PlainDate;
  readonly wait: number;
  readonly lines: readonly { quantity: string; unitPrice: string; vatRate: number; account: number }[];
}

const decimals = fc.integer({ min: -99_999, max: 99_999 }).map((thousandths) => String(thousandths / 1000));
const dates = fc.constantFrom(
  '2024-06-30',
  '2025-12-31',
  '2026-01-01',
  '2026-02-28',
  '2026-03-01',
  '2026-12-31',
  '2027-07-01',
  '2028-02-29',
  '2031-05-05',
);
const step: fc.Arbitrary<Step> = fc.record({
  what: fc.nat({ max: 10_000 }),
  which: fc.nat({ max: 1000 }),
  other: fc.nat({ max: 1000 }),
  amount: fc.oneof(fc.integer({ min: 1, max: 50_000 }), fc.constantFrom(1, 2 ** 40)),
  date: dates,
  wait: fc.constantFrom(0, 1, 86_400_000, 20 * 86_400_000),
  lines: fc.array(
    fc.record({
      quantity: fc.oneof(decimals, fc.constantFrom('0', '1', '-1')),
      unitPrice: decimals,
      vatRate: fc.constantFrom(0, 500, 2000),
      account: fc.nat({ max: 2 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

/** Plays one history. */
class Play {
  readonly world = new LedgerWorld();
  private readonly made = {
    invoice: [] as string[],
    journal: [] as string[],
    note: [] as string[],
    purchase: [] as string[],
    transaction: [] as string[],
    transfer: [] as string[],
  };
  private numbers = 0;

  take(step: Step): void {
    const { world } = this;
    world.wait(step.wait);
    const steps = this.steps(step);
    steps[step.what % steps.length]!();
  }

  private steps(step: Step): readonly (() => void)[] {
    return [...this.sales(step), ...this.notes(step), ...this.buying(step), ...this.books(step), ...this.bank(step)];
  }

  private sales({ which, other, amount, date, lines }: Step): readonly (() => void)[] {
    const { world, made } = this;
    const input = {
      customerId: `c${other % 3}`,
      date,
      dueDate: date,
      lines: linesOf(lines, ['4000', '4900', undefined]),
    };
    const one = (): string => pick(made.invoice, which);
    const payment = { amount, date, paymentAccountId: BANKS[other % 2]! };
    const create = (): void => {
      const id = world.newId();
      if (world.run(invoices, id, createInvoice(input), { currency: CURRENCY })) made.invoice.push(id);
    };
    const issue = (): void => void world.run(invoices, one(), issueInvoice(), this.issuing());
    return [
      create,
      create,
      () => world.run(invoices, one(), editInvoice({ lines: input.lines, date }), undefined),
      issue,
      issue,
      issue,
      () => world.run(invoices, one(), recordPayment({ ...payment, overpayment: other % 5 === 0 }), this.voidNotes()),
      () => world.run(invoices, one(), recordPayment({ ...payment, amount: this.owed(one()) }), this.voidNotes()),
      () => world.run(invoices, one(), recordRefund(payment), this.voidNotes()),
      () => world.run(invoices, one(), voidInvoice('a mistake'), this.voidNotes()),
      () => world.run(invoices, one(), discardInvoice(), undefined),
    ];
  }

  private notes({ which, other, date, lines }: Step): readonly (() => void)[] {
    const { world, made } = this;
    const one = (): string => pick(made.note, which);
    const issue = (): void => {
      const state = world.state(creditNotes, one());
      if (state.status !== 'draft') return;
      const credit = creditOf(state.content);
      const reserve = { creditNoteId: one(), amount: credit?.amount ?? 0 };
      const reserved =
        credit === undefined ||
        world.run(invoices, credit.invoiceId, (own, _, notes) => reserveCredit(own, reserve, notes), this.voidNotes());
      if (reserved) world.run(creditNotes, one(), issueCreditNote(), this.issuing());
    };
    const refund = (): void => {
      const owed = world.of(invoicesView).get(one())?.outstanding ?? 0;
      const payment = { amount: Math.ceil(-owed / 2), date, paymentAccountId: BANKS[other % 2]! };
      world.run(creditNotes, one(), refundCreditNote(payment), undefined);
    };
    return [
      () => {
        const invoiceId = other % 3 === 0 ? undefined : pick(made.invoice, other);
        const invoice = invoiceId === undefined ? undefined : world.state(invoices, invoiceId);
        if (invoice?.status === 'absent') return;
        const id = world.newId();
        const customerId = invoice?.content.customerId ?? 'c0';
        const input = { customerId, date, invoiceId, lines: linesOf(lines, ['4000', '4900', undefined]) };
        if (world.run(creditNotes, id, createCreditNote(input), { currency: CURRENCY })) made.note.push(id);
      },
      issue,
      issue,
      () => world.run(creditNotes, one(), voidCreditNote('a mistake'), undefined),
      refund,
      refund,
    ];
  }

  private buying({ which, other, amount, date, lines }: Step): readonly (() => void)[] {
    const { world, made } = this;
    const one = (): string => pick(made.purchase, which);
    const input = {
      supplierId: `s${other % 3}`,
      date,
      dueDate: date,
      lines: linesOf(lines, ['5000', '7100', undefined]),
    };
    const eyes = { twoPairs: false };
    const payment = { amount, date, paymentAccountId: BANKS[other % 2]! };
    const submit = (): void => void world.run(purchases, one(), submitPurchase(), undefined);
    const approve = (): void =>
      void world.run(purchases, one(), approvePurchase(), { ...eyes, from: { name: 'Wood' } });
    return [
      () => {
        const id = world.newId();
        if (world.run(purchases, id, draftPurchase(input), { currency: CURRENCY })) made.purchase.push(id);
      },
      submit,
      submit,
      approve,
      approve,
      approve,
      () => world.run(purchases, one(), editPurchase({ lines: input.lines, date }), undefined),
      () => world.run(purchases, one(), payPurchase(payment), eyes),
      () => {
        const state = world.state(purchases, one());
        const amount = state.status === 'absent' ? 1 : Math.ceil((state.content.total - state.paid) / 2);
        world.run(purchases, one(), payPurchase({ ...payment, amount }), eyes);
      },
      () => world.run(purchases, one(), voidPurchase('a mistake'), undefined),
    ];
  }

  private books({ which, other, amount, date }: Step): readonly (() => void)[] {
    const { world } = this;
    const codes = [...KEYS.keys()];
    const [debit, credit] = [pick(codes, which), pick(codes, other)];
    const lines = [
      { accountCode: debit, debit: amount },
      { accountCode: credit, credit: amount },
    ];
    const accounts = { currency: CURRENCY, keys: KEYS };
    return [
      () => {
        const id = world.newId();
        if (world.run(journals, id, postJournal({ date, lines }), accounts)) this.made.journal.push(id);
      },
      () => {
        const id = pick(this.made.journal, which);
        const reversal = { reversalId: world.newId(), date, reason: 'a mistake' };
        const state = world.state(journals, id);
        if (state.status === 'absent' || !world.run(journals, id, reverseJournal(reversal), undefined)) return;
        const { description = 'x' } = state.fields;
        const asked = { data: { ...reversal, description } } as Recorded<JournalReversed>;
        world.run(journals, reversal.reversalId, postReversal({ id, fields: state.fields }, asked.data), undefined);
      },
      () =>
        world.run(
          journals,
          world.newId(),
          postOpeningBalances({ date, lines: lines.slice(0, 1) }, { accountCode: '3000' }),
          accounts,
        ),
      () => {
        const balances = [...balancesOf(this.entries(), date)]
          .filter(([account]) => /^[4-9]/.test(account))
          .map(([account, balance]) => ({ account, accountCode: account, amount: balance }));
        world.run(journals, world.newId(), closeYear({ date }, { accountCode: '3200' }), { ...accounts, balances });
      },
    ];
  }

  private bank({ which, other, amount, date, lines }: Step): readonly (() => void)[] {
    const { world, made } = this;
    const side = which % 2 === 0 ? ('output' as const) : ('input' as const);
    const explanation = { accountCode: side === 'output' ? '4900' : '7100', vatRate: lines[0]?.vatRate };
    return [
      () => {
        const id = world.newId();
        const input = {
          bankAccountId: BANKS[other % 2]!,
          date,
          amount: other % 3 === 0 ? amount : -amount,
          description: 'x',
        };
        if (world.run(transactions, id, recordTransaction(input), { currency: CURRENCY })) made.transaction.push(id);
      },
      () => world.run(transactions, pick(made.transaction, which), explainTransaction(explanation), { side }),
      () => world.run(transactions, pick(made.transaction, which), unexplainTransaction(), undefined),
      () => {
        const id = world.newId();
        const input = { from: BANKS[other % 2]!, to: BANKS[which % 2]!, date, amount };
        if (world.run(transfers, id, recordTransfer(input), { currency: CURRENCY, brands: {} })) made.transfer.push(id);
      },
      () => world.run(transfers, pick(made.transfer, which), voidTransfer('a mistake'), { held: new Set<never>() }),
    ];
  }

  entries(): readonly LedgerEntryDoc[] {
    return [...this.world.of(ledgerEntriesView).values()];
  }

  private issuing() {
    return { number: ++this.numbers, billTo: { name: 'Hale' } };
  }

  private voidNotes() {
    const isVoid = (id: string): boolean => this.world.state(creditNotes, id).status === 'void';
    return { voidNotes: new Set(this.made.note.filter(isVoid)) };
  }

  private owed(id: string): number {
    return this.world.of(invoicesView).get(id)?.outstanding ?? 1;
  }
}

/** Nothing there is an id of nothing, which every command refuses. */
const pick = (ids: readonly string[], which: number): string => ids[which % ids.length] ?? 'nothing';

const linesOf = (lines: Step['lines'], codes: readonly (string | undefined)[]) =>
  lines.map(({ account, ...line }) => ({ description: 'x', ...line, accountCode: codes[account] }));

/** Balances at the end of a day, as known at an instant, added up one by one. */
function balancesOf(
  entries: readonly LedgerEntryDoc[],
  to: PlainDate,
  known = '9',
  from = '',
): ReadonlyMap<string, number> {
  const balances = new Map<string, number>();
  for (const { date, recordedAt, postings } of entries) {
    if (date > to || date < from || recordedAt > known) continue;
    for (const { account, amount } of postings) balances.set(account, (balances.get(account) ?? 0) + amount);
  }
  return balances;
}

const sum = (amounts: Iterable<number>): number => [...amounts].reduce((total, amount) => total + amount, 0);

/** What must hold after any history. @throws Error saying what does not */
async function check(
  play: Play,
  { to, from, at }: { readonly to: PlainDate; readonly from: PlainDate; readonly at: number },
): Promise<void> {
  const { world } = play;
  same('the views, grown and rebuilt', world.documents, world.rebuilt());
  const entries = play.entries();
  for (const { postings, type } of entries)
    same(`the postings of ${type}`, sum(postings.map(({ amount }) => amount)), 0);
  const known = world.events[at % Math.max(world.events.length, 1)]?.recordedAt;
  const reader = world.reader();
  for (const extent of [
    { to },
    { from, to },
    ...(known === undefined
      ? []
      : [
          { to, known },
          { from, to, known },
        ]),
  ]) {
    const { value } = await reader.turnovers(CONTEXT, extent);
    const own = [...value].map(
      ([key, { debit, credit, closing }]) => [key, debit - credit + closing.debit - closing.credit] as const,
    );
    const expected = balancesOf(
      entries,
      to,
      'known' in extent ? extent.known : undefined,
      'from' in extent ? extent.from : undefined,
    );
    same(`balances of ${JSON.stringify(extent)}`, notZero(own), notZero(expected));
    same('debits and credits', sum(own.map(([, balance]) => balance)), 0);
  }
  await checkOpenItems(play, to, known);
  for (const [id, { status, kind, outstanding, invoiceId }] of world.of(invoicesView)) {
    if (status === 'draft' || status === 'discarded' || invoiceId !== undefined) continue;
    same(`what is owed of ${kind} ${id}`, world.of(openItemsView).get(id)?.balance ?? 0, outstanding);
  }
}

/** What is owed by whom comes to what the control accounts say of entries that name anybody. */
async function checkOpenItems(play: Play, to: PlainDate, known: string | undefined): Promise<void> {
  const reader = play.world.reader();
  for (const [ledger, account, sign] of [
    ['debtors', '1100', 1],
    ['creditors', '2100', -1],
  ] as const) {
    for (const instant of [undefined, known]) {
      const { value } = await reader.openItems(CONTEXT, ledger, { to, known: instant });
      const named = play.entries().filter(({ openItems }) => openItems.some((item) => item.ledger === ledger));
      const control = balancesOf(named, to, instant).get(account) ?? 0;
      same(
        `${ledger} at ${to} as known at ${instant ?? 'last'}`,
        sum(value.map(({ amount }) => amount)),
        sign * control + 0,
      );
    }
  }
}

const notZero = (balances: Iterable<readonly [string, number]>): object =>
  Object.fromEntries([...balances].filter(([, balance]) => balance !== 0).toSorted());

function same(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${what}: ${one} is not ${other}`);
}

export interface Played {
  readonly histories: number;
  /** Commands that were accepted. */
  readonly accepted: number;
  readonly entries: number;
  /** Types of events that posted something. */
  readonly types: ReadonlySet<string>;
}

/** Plays random histories of commands and checks the ledger after each. @throws Error with the seed of one that fails, made small */
export async function ledgerHistories(histories: number, seed = 1): Promise<Played> {
  const played = { accepted: 0, entries: 0, types: new Set<string>() };
  const asked = fc.record({ to: dates, from: dates, at: fc.nat({ max: 1000 }) });
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }),
    asked,
    async (steps, question) => {
      const play = new Play();
      for (const one of steps) play.take(one);
      await check(play, question);
      played.accepted += play.world.accepted;
      played.entries += play.entries().length;
      for (const { type } of play.entries()) played.types.add(type);
    },
  );
  await fc.assert(property, { numRuns: histories, seed });
  return { histories, ...played };
}
