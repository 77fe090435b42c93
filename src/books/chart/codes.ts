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
