import bidiFactory from 'bidi-js';

// Its types are those of its ES module; Node loads the other one, which is the function itself.
const bidi = (bidiFactory as unknown as typeof bidiFactory.default)();
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** A piece of a line, in the order in which it is drawn from the left. */
export interface Run {
  readonly text: string;
  readonly rightToLeft: boolean;
}

/** A line in runs of one direction each (Unicode Bidirectional Algorithm, UAX 9), its own direction that of its first letter. */
export function runsOf(line: string): readonly Run[] {
  if (!RIGHT_TO_LEFT.test(line)) return [{ text: line, rightToLeft: false }];
  const { levels } = bidi.getEmbeddingLevels(line, 'auto');
  const runs: { text: string; level: number }[] = [];
  for (const [index, unit] of line.split('').entries()) {
    const level = levels[index] ?? 0;
    const last = runs.at(-1);
    if (last !== undefined && last.level === level) last.text += unit;
    else runs.push({ text: unit, level });
  }
  return reordered(runs).map(({ text, level }) => ({ text, rightToLeft: level % 2 === 1 }));
}

/** Rule L2: from the highest level down to the lowest odd one, every sequence at that level or above is turned round. */
function reordered<T extends { readonly level: number }>(runs: readonly T[]): readonly T[] {
  const order = [...runs];
  for (let level = Math.max(...runs.map((run) => run.level)); level >= 1; level--) {
    for (let start = 0; start < order.length; start++) {
      let end = start;
      while (end < order.length && order[end]!.level >= level) end++;
      if (end > start) order.splice(start, end - start, ...order.slice(start, end).reverse());
      start = Math.max(start, end);
    }
  }
  return order;
}
