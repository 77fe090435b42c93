/** What an account is in the balance sheet or in profit and loss. */
export const ACCOUNT_TYPES = [
  'fixed-asset',
  'current-asset',
  'current-liability',
  'long-term-liability',
  'equity',
  'income',
  'cost-of-sales',
  'overhead',
] as const;
export type AccountType = (typeof ACCOUNT_TYPES)[number];

/** How what is posted to an account is treated for VAT, where nothing else is said. */
export const VAT_TREATMENTS = ['standard', 'reduced', 'zero', 'exempt', 'outside'] as const;
export type VatTreatment = (typeof VAT_TREATMENTS)[number];

export interface AccountFields {
  readonly name: string;
  readonly vatTreatment: VatTreatment;
}

/** An account of the chart but for the bank accounts, which are records of their own. */
export interface ChartAccount {
  /** None of an account of the default chart, whose id follows from its code. */
  readonly id?: string;
  readonly code: string;
  readonly type: AccountType;
  readonly fields: AccountFields;
  /** Debtors, creditors, VAT: what documents post to by themselves. */
  readonly control: boolean;
  readonly confidential: boolean;
  readonly archived: boolean;
  /** Counts this account's events; an account of the default chart is at 0 without any. */
  readonly revision: number;
}

/** Whether lines of sales and purchases can name it: an account of income or costs that everybody sees. */
export const isForLines = ({ type, control, confidential, archived }: Omit<ChartAccount, 'fields'>): boolean =>
  isIncomeOrCost(type) && !control && !confidential && !archived;

export const isIncomeOrCost = (type: AccountType): boolean =>
  type === 'income' || type === 'cost-of-sales' || type === 'overhead';
