import type Database from 'better-sqlite3';
import type { Metadata } from '../../../kernel/event.js';
import type { StoredEvent } from '../event-store.port.js';
import { instantText, positionText } from './encoding.js';

/** An event as SQLite hands it out. */
export type Row = readonly [
  position: number,
  stream: string,
  revision: number,
  type: string,
  id: string,
  schemaVersion: number,
  recordedAt: number,
  body: string,
];

/** Events come first in the join, whatever the planner thinks: their order is the order of the answer. */
const SELECT = `
  SELECT e.position, s.name, e.revision, t.name, e.id, e.schema_version, e.recorded_at, e.body
  FROM events e CROSS JOIN streams s ON s.key = e.stream CROSS JOIN types t ON t.key = e.type`;
const OF_STREAM = 'e.stream = (SELECT key FROM streams WHERE name = ?)';
const OF_TYPES = 'e.type IN (SELECT key FROM types WHERE name IN (SELECT value FROM json_each(?)))';

/** The reading statements of a connection; all take a limit of rows last. */
export function readStatements(db: Database.Database) {
  return {
    head: db.prepare('SELECT max(position) FROM events').pluck(),
    /** stream, first revision */
    forwards: db.prepare(`${SELECT} WHERE ${OF_STREAM} AND e.revision >= ? ORDER BY e.revision LIMIT ?`).raw(),
    /** stream, last revision */
    backwards: db.prepare(`${SELECT} WHERE ${OF_STREAM} AND e.revision <= ? ORDER BY e.revision DESC LIMIT ?`).raw(),
    /** after, up to */
    all: db.prepare(`${SELECT} WHERE e.position > ? AND e.position <= ? ORDER BY e.position LIMIT ?`).raw(),
    /** after, up to, JSON list of types */
    ofTypes: db
      .prepare(`${SELECT} WHERE e.position > ? AND e.position <= ? AND ${OF_TYPES} ORDER BY e.position LIMIT ?`)
      .raw(),
  };
}

export function eventOf(row: Row): StoredEvent {
  const [position, stream, revision, type, id, schemaVersion, recordedAt, body] = row;
  const { data, metadata } = JSON.parse(body) as { data: object; metadata: Metadata };
  return {
    id,
    type,
    stream,
    revision,
    position: positionText(position),
    recordedAt: instantText(recordedAt),
    schemaVersion,
    data,
    metadata,
  };
}
