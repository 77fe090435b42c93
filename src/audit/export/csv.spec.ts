import { parse } from 'csv-parse/sync';
import type { TrailItem } from '../trail/trail-item.js';
import { CSV_COLUMNS } from './csv.js';
import { csvOf } from './csv.writer.js';

const read = (text: string): string[][] => parse(text, { record_delimiter: '\r\n' });

describe('a row of the trail', () => {
  it('says when, who, what, on which record, and by which authority', () => {
    const item: TrailItem = {
      id: 'e1',
      eventId: 'e1',
      position: 'sealed',
      at: '2026-03-01T09:00:00.000Z',
      type: 'InvoiceIssued',
      summary: 'Bob Hale issued invoice 1',
      actor: { id: 'u1', kind: 'user', name: 'Bob Hale' },
      record: { kind: 'invoice', id: 'i1', label: 'Invoice 1' },
      changes: [],
      authority: { permission: 'invoices:issue', role: 'sales', grantEventId: 'g1', grantedBy: 'u0' },
      outcome: 'accepted',
      correlationId: 'c1',
      source: null,
    };
    const row = 'Bob Hale,Bob Hale issued invoice 1,invoice,i1,Invoice 1,invoices:issue,sales,u0,accepted,c1,e1';
    expect(csvOf(item)).toBe(`2026-03-01T09:00:00.000Z,${row}\r\n`);
    const bare = {
      ...item,
      actor: { ...item.actor, name: null },
      record: { ...item.record, label: null },
      authority: null,
    };
    const [cells] = read(csvOf(bare));
    expect(cells).toHaveLength(CSV_COLUMNS.length);
    expect(cells?.slice(1, 9)).toEqual(['u1', item.summary, 'invoice', 'i1', '', '', '', '']);
  });
});
