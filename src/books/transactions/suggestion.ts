import type { PlainDate } from '../../kernel/event.js';
import type { Minor } from '../../kernel/money.js';
import { wholeWords } from '../../kernel/words.js';
import type { MatchedKind, Texts } from './transaction.js';

/** What speaks for it: the same amount, the document's number or its reference in what the bank says. */
export type Why = 'amount' | 'number' | 'reference';

export interface Suggestion {
  readonly kind: MatchedKind;
  readonly id: string;
  /** A payment that is recorded already; absent where matching records one. */
  readonly paymentId?: string;
  readonly date: PlainDate;
  /** Of the payment or transfer, or what is outstanding. */
  readonly amount: Minor;
  readonly number?: number | null;
  readonly why: readonly Why[];
}

/** An invoice or a purchase that is still to be paid; purchases have no number of ours. */
export interface OwedDocument {
  readonly date: PlainDate;
  readonly outstanding: Minor;
  readonly number: number | null;
  readonly reference?: string;
}

/** The words of a bank's text that may be a number or a reference: those with a digit, leading zeros aside. */
export const tokensOf = ({ description, payee }: Texts): readonly string[] => [
  ...new Set(
    wholeWords(description, payee).flatMap((word) =>
      /\d/.test(word) ? [word, ...(/^0+\d+$/.test(word) ? [word.replace(/^0+/, '')] : [])] : [],
    ),
  ),
];

/** A reference is in the text where all of its words are; one without a digit says too little. */
export function whyOf(
  transaction: Texts & { readonly amount: Minor },
  { outstanding, number, reference }: OwedDocument,
): readonly Why[] {
  const tokens = new Set(tokensOf(transaction));
  const referred = reference === undefined ? [] : wholeWords(reference).filter((word) => /\d/.test(word));
  return [
    ...(outstanding === Math.abs(transaction.amount) ? ['amount' as const] : []),
    ...(number !== null && tokens.has(String(number)) ? ['number' as const] : []),
    ...(referred.length > 0 && referred.every((word) => tokens.has(word)) ? ['reference' as const] : []),
  ];
}
