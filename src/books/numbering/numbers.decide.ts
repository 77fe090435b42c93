import type {
  DocumentAt,
  Numbers,
  NumberSeries,
  NumbersReleased,
  NumbersReserved,
  Reservation,
  Series,
} from './numbers.js';

/**
 * Reserves a number for each document that has none: numbers that were given back first, the lowest first, then the next
 * ones. A document that moved on since its number was reserved keeps the number, as it stands now. Nothing is emitted for
 * documents whose number stands already. An event holds one unbroken run of numbers.
 *
 * @param settled documents that are known to bear the number that is open for them: they get no other, and the first event
 * closes their reservations
 */
export function reserveNumbers(
  state: Numbers,
  series: NumberSeries,
  documents: readonly DocumentAt[],
  settled: ReadonlySet<string> = new Set(),
): readonly NumbersReserved[] {
  const { open } = state[series];
  const fresh = numbersOf(state[series]);
  const reserved = new Map<string, Reservation>();
  for (const { id, revision } of documents) {
    if (settled.has(id)) continue;
    const known = reserved.get(id) ?? open.get(id);
    if (known === undefined) reserved.set(id, { number: fresh.next().value, revision });
    else if (known.revision < revision) reserved.set(id, { number: known.number, revision });
  }
  return runsOf(reserved).map((run, index) => ({
    type: 'NumbersReserved',
    data: {
      series,
      first: run[0]!.number,
      documents: run.map(({ id, revision }) => ({ id, revision })),
      settled: index === 0 ? [...settled].filter((id) => open.has(id)) : [],
    },
  }));
}

/** Gives back the numbers of documents for which they are still reserved at just those revisions. */
export function releaseNumbers(
  state: Numbers,
  series: NumberSeries,
  documents: readonly DocumentAt[],
): readonly NumbersReleased[] {
  const released = documents.flatMap(({ id, revision }) => {
    const reservation = state[series].open.get(id);
    return reservation?.revision === revision ? [{ id, number: reservation.number }] : [];
  });
  return released.length === 0 ? [] : [{ type: 'NumbersReleased', data: { series, documents: released } }];
}

function* numbersOf({ free, next }: Series): Generator<number, never> {
  yield* [...free].sort((a, b) => a - b);
  for (let number = next; ; number++) yield number;
}

interface Numbered extends Reservation {
  readonly id: string;
}

/** Unbroken runs of numbers, in order. */
function runsOf(reserved: ReadonlyMap<string, Reservation>): readonly (readonly Numbered[])[] {
  const sorted = [...reserved].map(([id, reservation]) => ({ id, ...reservation })).sort((a, b) => a.number - b.number);
  const runs: Numbered[][] = [];
  for (const one of sorted) {
    const run = runs.at(-1);
    if (run?.at(-1)?.number === one.number - 1) run.push(one);
    else runs.push([one]);
  }
  return runs;
}
