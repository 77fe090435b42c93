import type { TrailLeaves } from '../../src/audit/replay/trail.leaves.js';

/** Trees that know nothing: whoever asks them has to read the log. */
export const noLeaves: Pick<TrailLeaves, 'behind'> = {
  async *behind(_, after) {
    yield* [];
    return after;
  },
};
