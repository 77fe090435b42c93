import type { Metadata } from '../../kernel/event.js';
import type { DocumentAt, NumberSeries } from './numbers.js';

/** What the register asks of the documents that it numbers. */
export interface NumberedDocuments {
  /** The document as new as every acknowledged append; revision -1 where there is none. */
  look(
    organisation: string,
    series: NumberSeries,
    id: string,
  ): Promise<{ readonly revision: number; readonly number: number | null }>;
  /**
   * Issues the document as it stands with the number that is reserved for it, because of a reservation whose command did
   * not come to its end.
   *
   * @throws WrongExpectedRevision where the document has moved on; Refusal where it cannot be issued as it stands.
   */
  issue(
    organisation: string,
    series: NumberSeries,
    document: DocumentAt,
    number: number,
    metadata: Metadata,
  ): Promise<void>;
}

export const NUMBERED_DOCUMENTS = Symbol('NumberedDocuments');
