/**
 * Codes of accounts that postings need to know; those of the default chart, which follows the nominal codes that British
 * small-business software has in common. Codes never change; what an account is called can.
 */
export const CODES = {
  debtors: '1100',
  /** The account that every organisation has; further bank accounts get the codes that follow. */
  currentAccount: '1200',
  creditors: '2100',
  vatOnSales: '2200',
  vatOnPurchases: '2201',
  vatLiability: '2202',
  openingBalances: '3000',
  retainedEarnings: '3200',
  sales: '4000',
  purchases: '5000',
  suspense: '9998',
} as const;

/** How codes of bank accounts begin; no other account's code does. */
const BANK = '12';

/** The code of an organisation's nth bank account after the one that it has by itself, in the order of their making. */
export const bankCode = (nth: number): string => `${BANK}${String(nth).padStart(2, '0')}`;

export const isBankCode = (code: string): boolean => code.startsWith(BANK);
