import { given } from '../../../test/support/specification.js';
import { ACCOUNT_TYPES, isForLines } from './account.js';
import { chart, type ChartEvent } from './chart.js';
import {
  addAccount,
  archiveAccount,
  editAccount,
  markConfidential,
  MAX_ACCOUNTS,
  restoreAccount,
  unmarkConfidential,
} from './chart.decide.js';
import { bankCode, CODES, isBankCode } from './codes.js';
import { DEFAULT_CHART } from './default-chart.js';

const named = { accountId: 'a1', code: '4010' };
const of = { ...named, name: 'Weddings' };
const added: ChartEvent = {
  type: 'ChartAccountAdded',
  data: { ...of, revision: 0, type: 'income', vatTreatment: 'standard' },
};
const archived: ChartEvent = { type: 'ChartAccountArchived', data: { ...of, revision: 1 } };
const marked: ChartEvent = { type: 'ChartAccountMarkedConfidential', data: { ...of, revision: 1 } };
const accounts = (...events: readonly ChartEvent[]) => given(chart, 'o1', ...events);
const [first] = DEFAULT_CHART.keys();

describe('the default chart', () => {
  it('has each code once, in four digits, under its own key', () => {
    for (const [code, account] of DEFAULT_CHART) {
      expect(code).toMatch(/^\d{4}$/);
      expect(account.code).toBe(code);
      expect(ACCOUNT_TYPES).toContain(account.type);
    }
    const names = [...DEFAULT_CHART.values()].map(({ fields }) => fields.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(90);
  });
  it('has what postings count on, but for the bank account, which has no row', () => {
    const codes = Object.values(CODES).filter((code) => code !== CODES.currentAccount);
    expect(codes.filter((code) => !DEFAULT_CHART.has(code))).toEqual([]);
    expect([...DEFAULT_CHART.keys()].filter(isBankCode)).toEqual([]);
  });
  it.each(['7000', '7001', '7403', '2250'])('has %s confidential from the start', (code) =>
    expect(DEFAULT_CHART.get(code)?.confidential).toBe(true),
  );
});

describe('which accounts lines can name', () => {
  it.each([
    ['4000', true],
    ['5000', true],
    ['7100', true],
    ['1100', false],
    ['2200', false],
    ['3000', false],
    ['9998', false],
    ['0030', false],
    ['7000', false],
  ])('%s: %p', (code, may) => expect(isForLines(DEFAULT_CHART.get(code)!)).toBe(may));
  it('does not name archived ones', () =>
    expect(isForLines(accounts(added, archived).state.accounts.get('4010')!)).toBe(false));
});

describe('codes of bank accounts', () => {
  it('follow that of the current account, without end', () => {
    expect([1, 2, 99, 100].map(bankCode)).toEqual(['1201', '1202', '1299', '12100']);
    expect(new Set(Array.from({ length: 500 }, (_, n) => bankCode(n))).size).toBe(500);
  });
});

describe('adding an account', () => {
  const input = { code: '4010', name: 'Weddings', type: 'income' } as const;
  it('adds it, with the treatment of its type', () => {
    const data = { ...of, accountId: 'new-id', revision: 0 };
    accounts()
      .when(addAccount(input))
      .then({ type: 'ChartAccountAdded', data: { ...data, type: 'income', vatTreatment: 'standard' } });
    accounts()
      .when(addAccount({ ...input, type: 'equity' }))
      .then({ type: 'ChartAccountAdded', data: { ...data, type: 'equity', vatTreatment: 'outside' } });
  });
  it.each(['4000', '7000', '4010'])('is refused where the code %s is taken, be it by an archived one', (code) =>
    accounts(added, archived)
      .when(addAccount({ ...input, code }))
      .thenRefused('conflict', 'account-code-taken'),
  );
  it.each(['1200', '1201', '12345'])('is refused with %s, which is a code of a bank account', (code) =>
    accounts()
      .when(addAccount({ ...input, code }))
      .thenRefused('validation-failed'),
  );
  it('is refused where there are too many', () => {
    const many = Array.from({ length: MAX_ACCOUNTS - DEFAULT_CHART.size }, (_, n): ChartEvent => {
      const code = String(50_000 + n);
      return { ...added, data: { ...added.data, code, accountId: code } };
    });
    accounts(...many.slice(1))
      .when(addAccount(input))
      .then({ ...added, data: { ...added.data, accountId: 'new-id' } });
    accounts(...many)
      .when(addAccount(input))
      .thenRefused('conflict', 'too-many-accounts');
  });
});

describe('editing an account', () => {
  it('says what changed, and counts', () =>
    accounts(added, { type: 'ChartAccountEdited', data: { ...of, revision: 1, changes: {} } })
      .when(editAccount(named, { name: 'Balls', vatTreatment: 'standard' }))
      .then({
        type: 'ChartAccountEdited',
        data: { ...of, name: 'Balls', revision: 2, changes: { name: { from: 'Weddings', to: 'Balls' } } },
      }));
  it('begins at 1 for one of the default chart', () =>
    accounts()
      .when(editAccount({ accountId: 'x', code: '4000' }, { name: 'Turnover' }))
      .then({
        type: 'ChartAccountEdited',
        data: {
          accountId: 'x',
          code: '4000',
          name: 'Turnover',
          revision: 1,
          changes: { name: { from: 'Sales', to: 'Turnover' } },
        },
      }));
  it('does nothing where nothing changes', () =>
    accounts(added)
      .when(editAccount(named, { name: 'Weddings' }))
      .then());
  it('is refused for an archived one, and for none', () => {
    accounts(added, archived)
      .when(editAccount(named, { name: 'X' }))
      .thenRefused('conflict', 'account-archived');
    accounts()
      .when(editAccount(named, { name: 'X' }))
      .thenRefused('not-found');
  });
});

describe('archiving an account', () => {
  it('archives, once', () => {
    accounts(added).when(archiveAccount(named)).then(archived);
    accounts(added, archived).when(archiveAccount(named)).then();
  });
  it.each(Object.values(CODES).filter((code) => code !== CODES.currentAccount))(
    'is refused for %s, on which postings count',
    (code) =>
      accounts()
        .when(archiveAccount({ accountId: 'x', code }))
        .thenRefused('conflict', 'account-needed'),
  );
  it('is taken back', () => {
    accounts(added, archived)
      .when(restoreAccount(named))
      .then({ type: 'ChartAccountRestored', data: { ...of, revision: 2 } });
    accounts(added).when(restoreAccount(named)).then();
  });
});

describe('the mark of a confidential account', () => {
  it('is set, once', () => {
    accounts(added).when(markConfidential(named)).then(marked);
    accounts(added, marked).when(markConfidential(named)).then();
    expect(accounts(added, marked).state.accounts.get('4010')).toMatchObject({ confidential: true, revision: 1 });
  });
  it('is taken off, of those too that came with it', () => {
    accounts(added, marked)
      .when(unmarkConfidential(named))
      .then({ type: 'ChartAccountUnmarkedConfidential', data: { ...of, revision: 2 } });
    accounts()
      .when(unmarkConfidential({ accountId: 'x', code: '7000' }))
      .then({
        type: 'ChartAccountUnmarkedConfidential',
        data: { accountId: 'x', code: '7000', name: 'Gross wages', revision: 1 },
      });
    accounts(added).when(unmarkConfidential(named)).then();
  });
  it.each(['1100', '2100', '2200', '2201', '4000', '5000'])('is not for %s, to which documents post', (code) =>
    accounts()
      .when(markConfidential({ accountId: 'x', code }))
      .thenRefused('conflict', 'account-of-documents'),
  );
  it('is for any other', () =>
    accounts()
      .when(markConfidential({ accountId: 'x', code: first! }))
      .then({
        type: 'ChartAccountMarkedConfidential',
        data: { accountId: 'x', code: first!, name: 'Freehold property', revision: 1 },
      }));
});
