import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compactNowAndThen, gapsInHeap } from './compaction.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Every third of many objects that were old together: too many live for V8 to move them by itself. */
function scattered(): readonly object[] {
  const all = Array.from({ length: 900_000 }, (_, i) => ({ i, a: i + 0.5, b: i + 0.25, c: [i] }));
  collect();
  collect();
  const kept = all.filter((_, i) => i % 3 === 0);
  all.length = 0;
  collect();
  return kept;
}

describe('compaction', () => {
  it('gives back what gaps take, with the next full collection', async () => {
    const kept = scattered();
    const before = gapsInHeap();
    const end = compactNowAndThen(10);
    try {
      await sleep(50);
      collect();
      await sleep(50);
      expect(before).toBeGreaterThan(30 * 1024 * 1024);
      expect(gapsInHeap()).toBeLessThan(before / 2);
    } finally {
      end();
    }
    expect(kept).toHaveLength(300_000);
  });

  it('leaves a heap with gaps alone once it has ended', async () => {
    const end = compactNowAndThen(10);
    end();
    const kept = scattered();
    const before = gapsInHeap();
    await sleep(50);
    collect();
    expect(gapsInHeap()).toBeGreaterThan(before / 2);
    expect(kept).toHaveLength(300_000);
  });
});
