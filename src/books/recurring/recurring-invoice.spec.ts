import fc from 'fast-check';
import { given, NOW, recorded } from '../../../test/support/specification.js';
import { isPlainDate } from '../../kernel/dates.js';
import {
  dayOf,
  nextDay,
  type RecurringInvoice,
  type RecurringInvoiceEvent,
  recurringInvoices,
  type Rhythm,
  RHYTHMS,
} from './recurring-invoice.js';
import {
  createRecurringInvoice,
  endRecurringInvoice,
  noteMade,
  noteStopped,
  pauseRecurringInvoice,
  resumeRecurringInvoice,
} from './recurring-invoice.decide.js';
import { NEVER, type RecurringInvoiceDoc, recurringInvoicesView } from './recurring-invoice.view.js';

const asked = { description: 'Retainer', quantity: '1', unitPrice: '100', vatRate: 2000 };
/** Specifications are decided on 1 March 2026. */
const input = {
  customerId: 'c1',
  ...{ lines: [asked], every: 'month' as const, from: '2026-03-31', issue: true, send: false },
};
const currency = { currency: 'GBP' };
const fields = { ...input, lines: [{ ...asked, net: 10_000, vat: 2_000 }] };
const created: RecurringInvoiceEvent = { type: 'RecurringInvoiceCreated', data: { ...fields, createdBy: 'ann' } };
const until = (day: string): RecurringInvoiceEvent => ({
  type: 'RecurringInvoiceCreated',
  data: { ...fields, until: day, createdBy: 'ann' },
});
const made = (count: number, date: string): RecurringInvoiceEvent => ({
  type: 'RecurringInvoiceMade',
  data: { count, date, invoiceId: `i${count}` },
});
const paused: RecurringInvoiceEvent = { type: 'RecurringInvoicePaused', data: {} };
const stopped: RecurringInvoiceEvent = {
  type: 'RecurringInvoiceStopped',
  data: { count: 0, date: '2026-03-31', reason: 'restricted' },
};
const ended: RecurringInvoiceEvent = { type: 'RecurringInvoiceEnded', data: {} };
const resumed = (count: number): RecurringInvoiceEvent => ({ type: 'RecurringInvoiceResumed', data: { count } });
const recurring = (...events: readonly RecurringInvoiceEvent[]) => given(recurringInvoices, 'r1', ...events);

describe('the days of a recurring invoice', () => {
  it.each<[Rhythm, string, readonly string[]]>([
    ['month', '2026-01-31', ['2026-01-31', '2026-02-28', '2026-03-31', '2026-04-30', '2026-05-31']],
    ['month', '2028-01-30', ['2028-01-30', '2028-02-29', '2028-03-30']],
    ['month', '2026-11-15', ['2026-11-15', '2026-12-15', '2027-01-15']],
    ['quarter', '2026-11-30', ['2026-11-30', '2027-02-28', '2027-05-30', '2027-08-30', '2027-11-30', '2028-02-29']],
    ['year', '2028-02-29', ['2028-02-29', '2029-02-28', '2030-02-28', '2031-02-28', '2032-02-29']],
    ['year', '2096-02-29', ['2096-02-29', '2097-02-28', '2098-02-28', '2099-02-28', '2100-02-28']],
    ['week', '2028-02-22', ['2028-02-22', '2028-02-29', '2028-03-07']],
  ])('every %s from %s', (every, from, days) =>
    expect(days.map((_, count) => dayOf({ every, from }, count))).toEqual(days),
  );

  it('are days of the calendar, each after the one before, and one in each period', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(...RHYTHMS),
        fc.date({ min: new Date('2000-01-01'), max: new Date('2200-12-31'), noInvalidDate: true }),
        fc.nat(500),
        (every, date, count) => {
          const schedule = { every, from: date.toISOString().slice(0, 10) };
          const [day, next] = [dayOf(schedule, count), dayOf(schedule, count + 1)];
          expect(isPlainDate(day)).toBe(true);
          expect(next > day).toBe(true);
          if (every === 'month') expect(next.slice(0, 7)).not.toBe(day.slice(0, 7));
        },
      ),
    ));

  it('end with the last one, which counts', () => {
    const schedule = { every: 'month', from: '2026-01-31', until: '2026-02-28' } as const;
    expect(nextDay(schedule, { status: 'active', count: 1 })).toBe('2026-02-28');
    expect(nextDay(schedule, { status: 'active', count: 2 })).toBeUndefined();
    expect(nextDay(schedule, { status: 'ended', count: 0 })).toBeUndefined();
  });
});

describe('setting up a recurring invoice', () => {
  it('keeps what each one says', () =>
    recurring()
      .when(createRecurringInvoice(input), currency)
      .then({ type: 'RecurringInvoiceCreated', data: { ...fields, createdBy: 'r1' } }));
  it('can begin today', () =>
    recurring()
      .when(createRecurringInvoice({ ...input, from: NOW.slice(0, 10) }), currency)
      .then({ type: 'RecurringInvoiceCreated', data: { ...fields, from: NOW.slice(0, 10), createdBy: 'r1' } }));
  it.each([
    ['in the past', { from: '2026-02-28' }],
    ['on no day of the calendar', { from: '2026-04-31' }],
    ['that ends before it begins', { until: '2026-03-30' }],
    ['that is sent and not issued', { issue: false, send: true }],
    ['that is issued without lines', { lines: [] }],
    ['that comes to too much', { lines: Array(20).fill({ ...asked, unitPrice: '999999999999999', quantity: '9' }) }],
  ])('is refused for one %s', (_, over) =>
    recurring()
      .when(createRecurringInvoice({ ...input, ...over }), currency)
      .thenRefused('validation-failed'),
  );
});

describe('pausing, resuming, ending', () => {
  it('pauses what is active', () => {
    recurring(created).when(pauseRecurringInvoice()).then(paused);
    recurring(created, paused).when(pauseRecurringInvoice()).then();
    recurring(created, ended).when(pauseRecurringInvoice()).thenRefused('conflict', 'not-active');
    recurring(created, stopped).when(pauseRecurringInvoice()).thenRefused('conflict', 'not-active');
    recurring().when(pauseRecurringInvoice()).thenRefused('not-found');
  });
  it('goes on with the next day from today after a pause', () => {
    const old: RecurringInvoiceEvent = {
      type: 'RecurringInvoiceCreated',
      data: { ...fields, every: 'week', from: '2026-02-07', createdBy: 'ann' },
    };
    recurring(old, made(0, '2026-02-07'), paused).when(resumeRecurringInvoice()).then(resumed(4));
    recurring(created, paused).when(resumeRecurringInvoice()).then(resumed(0));
  });
  it('goes on with the very day on which it was stopped', () =>
    recurring(created, stopped).when(resumeRecurringInvoice()).then(resumed(0)));
  it('changes nothing that is active, and nothing goes on that has ended', () => {
    recurring(created).when(resumeRecurringInvoice()).then();
    recurring(created, ended).when(resumeRecurringInvoice()).thenRefused('conflict', 'has-ended');
    recurring(until('2026-03-31'), made(0, '2026-03-31'))
      .when(resumeRecurringInvoice())
      .thenRefused('conflict', 'has-ended');
  });
  it('ends for good', () => {
    recurring(created).when(endRecurringInvoice()).then(ended);
    recurring(created, paused).when(endRecurringInvoice()).then(ended);
    recurring(created, ended).when(endRecurringInvoice()).then();
  });
});

describe('what became of a day', () => {
  it('is noted once', () => {
    recurring(created).when(noteMade(0, 'i0')).then(made(0, '2026-03-31'));
    recurring(created, made(0, '2026-03-31')).when(noteMade(0, 'i0')).then();
    recurring(created, made(0, '2026-03-31')).when(noteMade(1, 'i1')).then(made(1, '2026-04-30'));
    recurring(created).when(noteStopped(0, 'restricted')).then(stopped);
    recurring(created, stopped).when(noteStopped(0, 'restricted')).then();
  });
  it('is noted of what was made before a pause, and not of what has ended', () => {
    recurring(created, paused).when(noteMade(0, 'i0')).then(made(0, '2026-03-31'));
    recurring(created, paused).when(noteStopped(0, 'x')).then();
    recurring(created, ended).when(noteMade(0, 'i0')).then();
    recurring().when(noteMade(0, 'i0')).then();
  });
});

describe('the view of recurring invoices', () => {
  const stream = 'recurring-invoice-o1/r1';
  const doc: RecurringInvoiceDoc = {
    ...fields,
    ...{ status: 'active', count: 0, organisation: '', revision: 0, next: '2026-03-31', createdBy: 'ann' },
    ...{ created: '00000000', reach: ['by:ann'] },
  };
  it.each<[string, RecurringInvoiceDoc | null, RecurringInvoiceEvent, RecurringInvoiceDoc | null]>([
    ['RecurringInvoiceCreated', null, created, { ...doc, revision: 1 }],
    [
      'RecurringInvoiceMade',
      doc,
      made(0, '2026-03-31'),
      { ...doc, revision: 1, count: 1, next: '2026-04-30', lastInvoiceId: 'i0' },
    ],
    [
      'RecurringInvoiceMade, the last one',
      { ...doc, until: '2026-04-29' },
      made(0, '2026-03-31'),
      { ...doc, until: '2026-04-29', revision: 1, status: 'ended', count: 1, next: NEVER, lastInvoiceId: 'i0' },
    ],
    ['RecurringInvoiceStopped', doc, stopped, { ...doc, revision: 1, status: 'stopped', reason: 'restricted' }],
    [
      'RecurringInvoiceResumed',
      { ...doc, status: 'stopped', reason: 'restricted' },
      resumed(2),
      { ...doc, revision: 1, count: 2, next: '2026-05-31' },
    ],
    ['RecurringInvoicePaused', doc, paused, { ...doc, revision: 1, status: 'paused' }],
    ['RecurringInvoiceEnded', doc, ended, { ...doc, revision: 1, status: 'ended', next: NEVER }],
    ['RecurringInvoiceEnded of none', null, ended, null],
  ])('%s', (_, before, event, after) => {
    const folded = recurringInvoicesView.fold(before, recorded(stream, 1, event), 'r1');
    expect(folded === null ? null : { ...folded, created: doc.created }).toEqual(after);
  });
  it('agrees with the state about what comes next', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('made', 'stopped', 'paused', 'resumed', 'ended'), { maxLength: 12 }),
        (steps) => {
          let state: RecurringInvoice = { status: 'absent' };
          let shown: RecurringInvoiceDoc | null = null;
          for (const [revision, step] of ['created', ...steps].entries()) {
            const count: number = state.status === 'absent' ? 0 : state.count;
            const event = {
              created: until('2026-07-31'),
              made: made(count, 'x'),
              stopped,
              paused,
              resumed: resumed(count + 1),
              ended,
            }[step]!;
            const happened = recorded(stream, revision, event);
            state = recurringInvoices.evolve(state, happened);
            shown = recurringInvoicesView.fold(shown, happened, 'r1');
          }
          if (state.status === 'absent' || shown === null) throw new Error('it is there');
          const { status, count, fields: kept } = state;
          expect(shown).toMatchObject({ status, count, next: nextDay(kept, state) ?? NEVER });
        },
      ),
    ));
});
