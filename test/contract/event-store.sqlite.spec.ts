import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteEventStore } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';
import { describeEventStore } from './event-store.contract.js';

const folder = mkdtempSync(join(tmpdir(), 'event-store-'));

describeEventStore({
  name: 'SQLite',
  open: () => openSqliteEventStore({ folder, clock: Date.now }),
  destroy: () => rm(folder, { recursive: true }),
});
