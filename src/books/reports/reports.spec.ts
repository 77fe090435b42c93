import type { AccountType, OpenItem } from '../contract.js';
import { aged, agedTable } from './aged.js';
import { balanceSheet, balanceSheetTable } from './balance-sheet.js';
import { profitAndLoss, profitAndLossTable } from './profit-and-loss.js';
import { csvOf } from './report.http.js';
import type { AccountTurnover, AtDay, OverDays } from './report.js';
import { trialBalance, trialBalanceTable } from './trial-balance.js';
import { vatReturn, vatReturnTable } from './vat-return.js';

const at: AtDay = { at: '2026-12-31', known: null, currency: 'GBP' };
const over: OverDays = { from: '2026-01-01', to: '2026-12-31', known: null, currency: 'GBP' };

const account = (
  code: string,
  name: string,
  type: AccountType,
  debit: number,
  credit: number,
  closing = { debit: 0, credit: 0 },
): AccountTurnover => ({ code, name, type, turnover: { debit, credit, closing } });

/** A year of 1,000 earned and 400 spent, for cash. */
const year = [
  account('7100', 'Rent', 'overhead', 150, 0),
  account('4000', 'Sales', 'income', 20, 1020),
  account('5000', 'Purchases', 'cost-of-sales', 250, 0),
  account('1200', 'Current account', 'current-asset', 1500, 420),
  account('3000', 'Capital', 'equity', 0, 300),
  account('2300', 'Loans', 'long-term-liability', 0, 180),
  account('1100', 'Debtors', 'current-asset', 500, 500),
];
/** The same after the year was closed: what it came to stands in equity. */
const closed = [
  account('7100', 'Rent', 'overhead', 150, 0, { debit: 0, credit: 150 }),
  account('4000', 'Sales', 'income', 20, 1020, { debit: 1000, credit: 0 }),
  account('5000', 'Purchases', 'cost-of-sales', 250, 0, { debit: 0, credit: 250 }),
  account('3200', 'Brought forward', 'equity', 0, 0, { debit: 0, credit: 600 }),
  ...year.slice(3),
];

describe('a trial balance', () => {
  it('has each balance on its side, by code, without accounts that come to nothing', () => {
    const report = trialBalance(at, year);
    expect(report.accounts).toEqual([
      { code: '1200', name: 'Current account', debit: 1080, credit: 0 },
      { code: '2300', name: 'Loans', debit: 0, credit: 180 },
      { code: '3000', name: 'Capital', debit: 0, credit: 300 },
      { code: '4000', name: 'Sales', debit: 0, credit: 1000 },
      { code: '5000', name: 'Purchases', debit: 250, credit: 0 },
      { code: '7100', name: 'Rent', debit: 150, credit: 0 },
    ]);
    expect(report.totals).toEqual({ debit: 1480, credit: 1480 });
    expect(csvOf(trialBalanceTable(report), 'GBP').split('\r\n').slice(0, 2)).toEqual([
      '\ufeffcode,name,debit,credit',
      '1200,Current account,10.80,0.00',
    ]);
  });

  it('knows a year that was closed', () => {
    expect(trialBalance(at, closed).accounts.map(({ code }) => code)).toEqual(['1200', '2300', '3000', '3200']);
  });
});

describe('a profit and loss account', () => {
  it.each([
    ['of a year', year],
    ['of a year that was closed', closed],
  ])('%s says what was earned and spent', (_, accounts) => {
    const report = profitAndLoss(over, accounts);
    expect(report).toMatchObject({
      income: [{ code: '4000', amount: 1000 }],
      costOfSales: [{ code: '5000', amount: 250 }],
      overheads: [{ code: '7100', amount: 150 }],
      totals: { income: 1000, costOfSales: 250, grossProfit: 750, overheads: 150, netProfit: 600 },
    });
    expect(csvOf(profitAndLossTable(report), 'GBP')).toContain(',,Net profit,6.00\r\n');
  });

  it('may be a loss', () => {
    const report = profitAndLoss(over, [account('7100', 'Rent', 'overhead', 5, 0)]);
    expect(report.totals).toMatchObject({ grossProfit: 0, netProfit: -5 });
    expect(csvOf(profitAndLossTable(report), 'GBP')).toContain(',,Net profit,-0.05\r\n');
  });
});

describe('a balance sheet', () => {
  it('has what is owned on one side, and whose it is on the other, with the profit of the year', () => {
    const sheet = balanceSheet(at, year);
    expect(sheet).toMatchObject({
      currentAssets: [{ code: '1200', amount: 1080 }],
      longTermLiabilities: [{ code: '2300', amount: 180 }],
      equity: [{ code: '3000', amount: 300 }],
      currentEarnings: 600,
      totals: { currentAssets: 1080, longTermLiabilities: 180, netAssets: 900, equity: 900 },
    });
    expect(csvOf(balanceSheetTable(sheet), 'GBP')).toContain('Equity,,Profit not carried forward yet,6.00\r\n');
  });

  it('has the profit in equity once the year was closed', () => {
    expect(balanceSheet(at, closed)).toMatchObject({
      equity: [
        { code: '3000', amount: 300 },
        { code: '3200', amount: 600 },
      ],
      currentEarnings: 0,
      totals: { netAssets: 900, equity: 900 },
    });
  });
});

describe('a VAT return', () => {
  it('fills nine boxes, values in whole pounds', () => {
    const report = vatReturn(over, [
      { side: 'output', rate: 2000, net: 100_099, vat: 20_020 },
      { side: 'output', rate: 0, net: 50_000, vat: 0 },
      { side: 'input', rate: 2000, net: 30_050, vat: 6010 },
      { side: 'input', rate: 500, net: 1000, vat: 50 },
    ]);
    expect(report).toMatchObject({
      ...{ box1: 20_020, box2: 0, box3: 20_020, box4: 6060, box5: 13_960, payable: true },
      ...{ box6: 150_000, box7: 31_000, box8: 0, box9: 0 },
    });
    expect(csvOf(vatReturnTable(report), 'GBP')).toContain('5,Net VAT to pay,139.60\r\n');
  });

  it('says what comes back', () => {
    const report = vatReturn(over, [{ side: 'input', rate: 2000, net: 1000, vat: 200 }]);
    expect(report).toMatchObject({ box3: 0, box4: 200, box5: 200, payable: false });
    expect(csvOf(vatReturnTable(report), 'GBP')).toContain('5,Net VAT to reclaim,2.00\r\n');
  });

  it('cuts negative values off towards nothing', () => {
    expect(vatReturn(over, [{ side: 'output', rate: 0, net: -150, vat: 0 }])).toMatchObject({
      box6: -100,
      payable: true,
    });
    expect(vatReturn(over, [{ side: 'output', rate: 0, net: -50, vat: 0 }]).box6).toBe(0);
  });
});

describe('aged debts', () => {
  const item = (party: string, due: string, amount: number): OpenItem => ({
    documentId: `d-${due}`,
    party,
    due,
    amount,
  });
  const names = new Map([
    ['c1', '=Hale'],
    ['c2', 'Ash'],
  ]);

  it.each([
    ['2026-12-31', 'notDue'],
    ['2027-01-01', 'notDue'],
    ['2026-12-30', 'days30'],
    ['2026-12-01', 'days30'],
    ['2026-11-30', 'days60'],
    ['2026-11-01', 'days60'],
    ['2026-10-31', 'days90'],
    ['2026-10-02', 'days90'],
    ['2026-10-01', 'older'],
    ['2024-02-29', 'older'],
  ])('due on %s are %s on 31 December', (due, column) => {
    expect(aged(at, [item('c1', due, 5)], names).totals).toMatchObject({ [column]: 5, total: 5 });
  });

  it('are by party, by name, with what was paid too much taken off', () => {
    const report = aged(
      at,
      [
        item('c1', '2026-12-30', 500),
        item('c2', '2026-01-01', 70),
        item('c1', '2027-01-30', -200),
        item('c3', '2027-01-01', 1),
      ],
      names,
    );
    expect(report.parties).toEqual([
      { id: 'c1', name: '=Hale', notDue: -200, days30: 500, days60: 0, days90: 0, older: 0, total: 300 },
      { id: 'c2', name: 'Ash', notDue: 0, days30: 0, days60: 0, days90: 0, older: 70, total: 70 },
      { id: 'c3', name: null, notDue: 1, days30: 0, days60: 0, days90: 0, older: 0, total: 1 },
    ]);
    expect(report.totals).toEqual({ notDue: -199, days30: 500, days60: 0, days90: 0, older: 70, total: 371 });
    expect(csvOf(agedTable(report), 'GBP')).toContain("c1,'=Hale,-2.00,5.00,0.00,0.00,0.00,3.00\r\n");
  });
});
