import type { PlainDate } from '../../kernel/event.js';
import type { Priced, TemplateKind } from '../contract.js';

/** What is made out to a customer, whatever record it is: what is put on paper of it. */
export interface PaperDocument extends Priced {
  readonly kind: TemplateKind;
  /** None before it is issued, and for what bears none. */
  readonly number: number | null;
  /** Whether it can be relied on: a draft and a void one say so in large letters. */
  readonly standing: 'draft' | 'void' | 'good';
  /** Whom it is for; their template is the one that is taken where the document names none. */
  readonly customerId?: string;
  readonly to: { readonly name: string; readonly country?: string } | 'erased' | null;
  readonly date: PlainDate;
  readonly dueDate?: PlainDate;
  /** The last day on which an estimate can be accepted. */
  readonly validUntil?: PlainDate;
  readonly reference?: string;
  readonly brandId?: string;
  readonly templateId?: string;
}

/** In whose name a document goes out: a brand of the organisation, or itself. */
export interface Sender {
  readonly name: string;
  readonly address?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly website?: string;
}

export const KIND_NAMES: Readonly<Record<TemplateKind, string>> = {
  invoice: 'Invoice',
  estimate: 'Estimate',
  'credit-note': 'Credit note',
};

/** `Invoice 1042` */
export const titleOf = ({ kind, number }: Pick<PaperDocument, 'kind' | 'number'>): string =>
  number === null ? KIND_NAMES[kind] : `${KIND_NAMES[kind]} ${number}`;

/** `invoice-1042`, for the name of a file. */
export const fileNameOf = ({ kind, number }: Pick<PaperDocument, 'kind' | 'number'>): string =>
  number === null ? kind : `${kind}-${number}`;
