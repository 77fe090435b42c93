import { openReader } from '../../src/platform/event-store/sqlite/sqlite-event-store.js';

/** Events a second, where a folder's log is read and parsed and nothing else is done. */
export async function readLog(folder: string): Promise<number> {
  const reader = openReader(folder);
  try {
    const begun = performance.now();
    let count = 0;
    for await (const { events } of reader.readAll()) count += events.length;
    return (count * 1000) / (performance.now() - begun);
  } finally {
    await reader.close();
  }
}
