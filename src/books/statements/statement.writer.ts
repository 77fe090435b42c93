import { Injectable } from '@nestjs/common';
import { streamOf } from '../../kernel/decider.js';
import type { Metadata } from '../../kernel/event.js';
import { Appender } from '../../platform/commands/appender.js';
import { derivedId } from '../../platform/commands/idempotency.js';
import { WrongExpectedRevision } from '../../platform/event-store/event-store.port.js';
import { type TransactionRecorded, transactions } from '../transactions/transaction.js';
import { recorded } from '../transactions/transaction.decide.js';
import { namesOf, type StatementLine } from './statement-rows.js';

/** Appends that are under way at once; they fill the store's group commits. */
const AT_ONCE = 64;

/** Where the lines of a statement go, and who brings them. */
export interface StatementOrder {
  readonly organisation: string;
  readonly statementId: string;
  readonly bankAccountId: string;
  readonly brandId?: string | undefined;
  readonly currency: string;
  readonly createdBy: string;
}

/** Ids follow from the lines, so a line that was imported before is met again, and never made twice. */
export const lineIds = (
  organisation: string,
  bankAccountId: string,
  lines: readonly StatementLine[],
): readonly string[] => namesOf(lines).map((name) => derivedId('statement-line', organisation, bankAccountId, ...name));

/** Makes transactions of the lines of a statement. */
@Injectable()
export class StatementWriter {
  constructor(private readonly appender: Appender) {}

  /** Resolves to how many were not there yet, when all are. May be run again with the same order, and counts the same. */
  async write(order: StatementOrder, lines: readonly StatementLine[], metadata: Metadata): Promise<number> {
    const ids = lineIds(order.organisation, order.bankAccountId, lines);
    let added = 0;
    for (let first = 0; first < lines.length; first += AT_ONCE) {
      const block = lines.slice(first, first + AT_ONCE);
      const made = await Promise.all(block.map((line, index) => this.make(order, ids[first + index]!, line, metadata)));
      added += made.filter(Boolean).length;
    }
    return added;
  }

  private async make(order: StatementOrder, id: string, line: StatementLine, metadata: Metadata): Promise<boolean> {
    const { organisation, statementId } = order;
    // The statement is a part of the event's id: the store takes a repeat of this import for what it is, and no other.
    const eventIds = [derivedId('statement-line-event', statementId, id)];
    const stream = streamOf(transactions, organisation, id);
    const events = [eventOf(order, line)];
    try {
      await this.appender.append({ eventIds, keyed: undefined }, { stream, expected: 'no-stream', events, metadata });
      return true;
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return false;
      throw error;
    }
  }
}

function eventOf(order: StatementOrder, { row: _, bankReference, ...line }: StatementLine): TransactionRecorded {
  const { bankAccountId, brandId, currency, createdBy, statementId } = order;
  return recorded(
    { bankAccountId, ...line },
    {
      currency,
      createdBy,
      origin: 'statement',
      statementId,
      ...(brandId === undefined ? {} : { brandId }),
      ...(bankReference === undefined ? {} : { bankReference }),
    },
  );
}
