import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertViews, type Between, liveOfViews } from './views.life.js';

/** The projector's death: it hears of nothing any more. */
class Died extends Error {}

/** Ends a projector before or after its `at`-th call of a part. */
function dyingAt(at: number, after: boolean): { readonly between: Between; readonly died: () => boolean } {
  let calls = 0;
  let died = false;
  const guarded = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...args: unknown[]) => unknown;
        // The subscription is given out at once and read for long: its batches end at the calls that they lead to.
        if (name === 'subscribeToAll' || name === 'readAll') return call;
        return async (...args: unknown[]) => {
          if (died) throw new Died();
          const mine = ++calls === at;
          if (mine && !after) died = true;
          if (mine && !after) throw new Died();
          const result = await call(...args);
          if (mine) died = true;
          if (mine) throw new Died();
          return result;
        };
      },
    });
  return {
    between: ({ reader, writer, requests }) => ({
      reader: guarded(reader),
      writer: guarded(writer),
      requests: guarded(requests),
    }),
    died: () => died,
  };
}

describe('a projector that is killed between two steps', () => {
  // What happens inside a step (fold, documents, checkpoint) is one transaction: the fault walk of the views dies in there.
  it.each([
    ['before', false],
    ['after', true],
  ])(
    '%s each of its calls leaves views that the next one brings to what a rebuild makes',
    async (_, after) => {
      let at = 1;
      let killed = 0;
      for (; ; at++) {
        const folder = await mkdtemp(join(tmpdir(), 'countersign-steps-'));
        const { between, died } = dyingAt(at, after);
        const ended = await liveOfViews(folder, 1, between).then(
          () => 'in order',
          (error: unknown) => {
            if (error instanceof Died) return 'killed';
            throw error;
          },
        );
        await assertViews(folder).catch((cause: unknown) => {
          throw new Error(`killed ${after ? 'after' : 'before'} call ${at}: ${(cause as Error).message}`, { cause });
        });
        await rm(folder, { recursive: true });
        if (!died()) break;
        // One that was told to end when a call of its own died has ended in order.
        if (ended === 'killed') killed += 1;
      }
      // Three projectors, a rebuild, a new version: no fewer calls than that can do it.
      expect(killed).toBeGreaterThan(30);
    },
    120_000,
  );
});
