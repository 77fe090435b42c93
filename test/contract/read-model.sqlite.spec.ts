import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteReadModel } from '../../src/platform/read-model/sqlite/read-model.js';
import { SqliteViewWriter } from '../../src/platform/read-model/sqlite/view-writer.js';
import { readModelContract } from './read-model.contract.js';

readModelContract({
  name: 'SQLite',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-views-'));
    const model = new SqliteReadModel(folder);
    const writer = new SqliteViewWriter(folder);
    return {
      model,
      writer,
      dispose: async () => {
        await model.close();
        await writer.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});
