import { dateOf } from '../../kernel/dates.js';
import { type DecisionContext, type Existing, existing } from '../../kernel/decider.js';
import { conflict } from '../../kernel/refusal.js';
import type { PlainDate } from '../../kernel/event.js';
import { type Booked, bookedOf, type Content, type DocumentKind, type Issue, type Issuing } from './document.js';

/** Invoices and credit notes, as far as both are alike. */
export type DocumentState =
  | { readonly status: 'absent' }
  | { readonly status: string; readonly content: Content; readonly createdBy: string; readonly number: number | null };

const NAMES: Readonly<Record<DocumentKind, string>> = { invoice: 'invoice', 'credit-note': 'credit note' };

export function draft<S extends DocumentState>(kind: DocumentKind, state: S): Existing<S> {
  const document = existing(state);
  if (document.status !== 'draft')
    throw conflict('not-a-draft', `The ${NAMES[kind]} is ${document.status}, no draft any more`);
  return document;
}

export function issued<S extends DocumentState>(kind: DocumentKind, state: S): Existing<S> {
  const document = existing(state);
  if (document.status !== 'issued')
    throw conflict('not-issued', `The ${NAMES[kind]} is ${document.status}, not issued`);
  return document;
}

/** What must hold before a number is reserved for a document, and still when it is issued with it. */
export function issuable<S extends DocumentState>(kind: DocumentKind, state: S): Existing<S> {
  if (existing(state).number !== null) throw conflict('already-issued', `The ${NAMES[kind]} has been issued already`);
  const document = draft(kind, state);
  if (document.content.lines.length === 0)
    throw conflict('no-lines-to-issue', 'A document without lines is not issued');
  return document;
}

/** What the event says that issues a document now. */
export function issue(
  kind: DocumentKind,
  state: DocumentState,
  { now }: DecisionContext,
  { number, billTo }: Issuing,
): Issue {
  const { content } = issuable(kind, state);
  return { number, issuedOn: dateOf(now), customerId: content.customerId, billTo, booked: bookedOf(content) };
}

/** The day whose books voiding a document changes; none where it is not in the ledger. */
export const postedOn = (state: { readonly booked?: Booked } | { readonly status: 'absent' }): readonly PlainDate[] =>
  'booked' in state ? [state.booked.date] : [];
