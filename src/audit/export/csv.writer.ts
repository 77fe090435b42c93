import { Injectable } from '@nestjs/common';
import type { RequestContext } from '../../platform/commands/principal.js';
import { BYTE_ORDER_MARK, csvRow } from '../../platform/csv.js';
import type { FoundEvent } from '../trail/trail.finder.js';
import type { TrailItem } from '../trail/trail-item.js';
import { TrailPresenter } from '../trail/trail.presenter.js';
import { CSV_COLUMNS } from './csv.js';
import type { ExportWriter } from './export.writer.js';

/** The trail as a table for people; what it says of a record is what the exporter may read. */
@Injectable()
export class CsvWriter implements ExportWriter {
  constructor(private readonly presenter: TrailPresenter) {}

  begin(): Promise<string> {
    return Promise.resolve(`${BYTE_ORDER_MARK}${csvRow(CSV_COLUMNS)}`);
  }

  async lines(context: RequestContext, found: readonly FoundEvent[]): Promise<string> {
    return (await this.presenter.present(context, found)).map(csvOf).join('');
  }

  end(): string {
    return '';
  }
}

export const csvOf = ({ at, summary, actor, record, authority, outcome, correlationId, eventId }: TrailItem): string =>
  csvRow([
    at,
    actor.name ?? actor.id,
    summary,
    record.kind,
    record.id,
    record.label ?? '',
    authority?.permission ?? '',
    authority?.role ?? '',
    authority?.grantedBy ?? '',
    outcome,
    correlationId,
    eventId,
  ]);
