import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore, NewEvent } from '../event-store.port.js';
import { snapshotLog, verifyLog } from './backup.js';
import { openSqliteEventStore } from './sqlite-event-store.js';

const event = (text: string): NewEvent => ({
  id: randomUUID(),
  type: 'Noted',
  schemaVersion: 1,
  data: { text },
  metadata: { actor: { kind: 'system', id: 'spec' }, command: 'Note', correlationId: 'c', requestId: 'r' },
});

describe('a snapshot of the log', () => {
  let folder: string;
  let store: EventStore;
  let copy: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'log-backup-'));
    copy = join(folder, 'copy.db');
    await writeFile(copy, '', { mode: 0o600 });
    store = await openSqliteEventStore({ folder, clock: () => Date.UTC(2026, 2, 1) });
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  it('is what was there, however much is written while it is copied, and is one file', async () => {
    // More than two steps of the copy.
    const large = 'x'.repeat(500_000);
    for (let i = 0; i < 90; i++) await store.append(`note-${i % 3}`, 'any', [event(large)]);
    const snapshot = snapshotLog(folder);
    const told: number[] = [];
    const meanwhile: Promise<unknown>[] = [];
    await snapshot.copy(copy, (copied, total) => {
      told.push(copied / total);
      meanwhile.push(store.append('note-0', 'any', [event(large)]), store.append('note-new', 'any', [event('')]));
    });
    await Promise.all(meanwhile);
    snapshot.close();
    expect(told.length).toBeGreaterThan(2);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(verifyLog(copy)).toEqual({
      events: 90,
      streams: 3,
      head: '0000000000000090',
      lastRecordedAt: '2026-03-01T00:00:00.000Z',
    });
    expect((await readdir(folder)).filter((name) => name.startsWith('copy.db'))).toEqual(['copy.db']);
    expect(Number(await store.head())).toBe(90 + meanwhile.length);
  });

  it('of an empty log is one', async () => {
    const snapshot = snapshotLog(folder);
    await snapshot.copy(copy, () => undefined);
    snapshot.close();
    expect(verifyLog(copy)).toEqual({ events: 0, streams: 0, head: null, lastRecordedAt: null });
  });

  it('is refused of a folder without a log', () => {
    expect(() => snapshotLog(join(folder, 'elsewhere'))).toThrow(/There is no event log/);
  });
});
