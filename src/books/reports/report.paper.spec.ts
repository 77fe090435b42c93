import { amount } from './report.js';
import { heading, reportPaper } from './report.paper.js';

const table = {
  columns: ['id', 'name', 'days1to30', 'documents'],
  rows: [
    ['c-1', 'Rosa Klein', amount(-123_450), { decimal: '2' }],
    ['', 'Total', amount(5), { decimal: '2' }],
  ],
};

describe('a report on paper', () => {
  it('has its table without ids, figures at the right, and totals in bold', () => {
    const printed = reportPaper('Aged debtors', { known: null, currency: 'GBP', at: '2026-03-31' } as never, table, {
      name: 'Hale',
    });
    expect(printed).toMatchObject({
      title: 'Aged debtors',
      subtitle: 'at 31 Mar 2026, in GBP',
      from: { name: 'Hale' },
    });
    expect(printed.table.columns.map(({ label, align }) => [label, align])).toEqual([
      ['Name', undefined],
      ['Days 1 to 30', 'right'],
      ['Documents', 'right'],
    ]);
    expect(printed.table.rows).toEqual([
      { cells: ['Rosa Klein', '−1,234.50', '2'], strong: false },
      { cells: ['Total', '0.05', '2'], strong: true },
    ]);
  });
  it('says what was known when', () =>
    expect(
      reportPaper(
        'x',
        { known: '2026-05-01T09:30:00.000Z', currency: 'JPY', from: '2026-04-01', to: '2026-04-30' } as never,
        table,
        { name: 'Hale' },
      ).subtitle,
    ).toBe('1 Apr 2026 to 30 Apr 2026, in JPY, as known on 1 May 2026 at 09:30 UTC'));
  it.each([
    ['trial-balance', 'Trial balance'],
    ['vat-return', 'VAT return'],
    ['costOfSales', 'Cost of sales'],
  ])('calls %s %s', (name, words) => expect(heading(name)).toBe(words));
});
