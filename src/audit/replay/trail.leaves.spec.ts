import { setImmediate as nextTurn } from 'node:timers/promises';
import { ViewNotReady } from '../../platform/read-model/read-model.port.js';
import { momentOf, type TrailEntry } from '../trail/trail.view.js';
import { type NotedEvent, TrailLeaves } from './trail.leaves.js';

const positionOf = (index: number): string => String(index).padStart(8, '0');
const HEAD = positionOf(99_999_999);

/** A tree and a view of which the spec says how far they are, both there at once, as embedded ones are. */
class Folded {
  /** Positions of the organisation's events. */
  readonly leaves: number[] = [];
  position = HEAD;
  /** Events beyond this are not in the view yet. */
  viewAt = Infinity;
  looks = 0;
  mostAtOnce = 0;

  private readonly entryOf = (id: string): TrailEntry | null => {
    const position = Number(id.slice(2));
    if (position > this.viewAt) return null;
    const moment = momentOf('2026-03-01T09:00:00.000Z', positionOf(position));
    return { organisation: 'o-1', stream: 's', revision: position, moment, kind: 'counter', record: 'c' } as TrailEntry;
  };

  readonly reader = new TrailLeaves(
    {},
    {
      position: this.position,
      size: () => this.leaves.length,
      events: (_, from, limit) => this.leaves.slice(from, from + limit).map((position) => `e-${position}`),
    },
    {
      getMany: (async (_: unknown, ids: readonly string[]) => {
        if (this.viewAt < 0) throw new ViewNotReady('it is being built');
        this.looks += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, ids.length);
        return { value: ids.map(this.entryOf), position: undefined };
      }) as never,
    },
  );

  async behind(after: string, head = HEAD): Promise<{ positions: number[]; reached: string; batches: number }> {
    const { signal } = new AbortController();
    const walk = this.reader.behind('o-1', after, { head, signal });
    const found: NotedEvent[] = [];
    for (let batches = 0; ; batches++) {
      const next = await walk.next();
      if (next.done === true)
        return { positions: found.map(({ position }) => Number(position)), reached: next.value, batches };
      found.push(...next.value);
    }
  }
}

describe('the leaves of an organisation', () => {
  let folded: Folded;
  beforeEach(() => {
    folded = new Folded();
    for (let n = 1; n <= 1000; n++) folded.leaves.push(10 * n);
  });

  it.each([
    ['', 10],
    [positionOf(1), 10],
    [positionOf(10), 20],
    [positionOf(15), 20],
    [positionOf(5000), 5010],
    [positionOf(9990), 10_000],
  ])('behind %j begin at %d, and are all that there are', async (after, first) => {
    const { positions, reached } = await folded.behind(after);
    expect(positions).toEqual(folded.leaves.filter((position) => position >= first));
    expect(reached).toBe(HEAD);
  });

  it('are found with few looks, a few at a time', async () => {
    const { positions } = await folded.behind(positionOf(9000));
    expect(positions).toHaveLength(100);
    // The way to the first of a thousand, and two pages.
    expect(folded.looks).toBeLessThanOrEqual(10 + 2);
    expect(folded.mostAtOnce).toBeLessThanOrEqual(50);
    folded.looks = 0;
    expect(await folded.behind(positionOf(10_000))).toEqual({ positions: [], reached: HEAD, batches: 0 });
    expect(folded.looks).toBeLessThanOrEqual(10);
  });

  it('are told as far as the view knows them', async () => {
    folded.viewAt = 9505;
    const { positions, reached } = await folded.behind(positionOf(9000));
    expect(positions.at(-1)).toBe(9500);
    expect(reached).toBe(positionOf(9500));
    folded.viewAt = -1;
    expect(await folded.behind(positionOf(9000))).toMatchObject({ positions: [], reached: positionOf(9000) });
  });

  it('reach no further than the log does', async () => {
    expect((await folded.behind(positionOf(9990), positionOf(20_000))).reached).toBe(positionOf(20_000));
  });

  it('leave others a turn after each batch, though everything is there at once', async () => {
    let turns = 0;
    const ended = new AbortController();
    const count = (async () => {
      for (; !ended.signal.aborted; turns++) await nextTurn();
    })();
    const { batches } = await folded.behind('');
    ended.abort();
    await count;
    expect(batches).toBe(20);
    expect(turns).toBeGreaterThanOrEqual(batches);
  });

  it('end when nobody reads them any more', async () => {
    const stop = new AbortController();
    const walk = folded.reader.behind('o-1', '', { head: HEAD, signal: stop.signal });
    expect((await walk.next()).value).toHaveLength(50);
    stop.abort();
    expect(await walk.next()).toEqual({ done: true, value: positionOf(500) });
  });
});
