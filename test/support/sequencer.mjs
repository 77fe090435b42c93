import Sequencer from '@jest/test-sequencer';

/** The suites that take minutes, longest first: one that begins last would have a core to itself while the other is idle. */
const LONG = [
  'simulation/walk-log',
  'simulation/walk-vault',
  'e2e/durability',
  'simulation/walk-views',
  'simulation/soak',
  'e2e/bad-input',
];

const rank = ({ path }) => {
  const place = LONG.findIndex((name) => path.includes(name));
  return place === -1 ? LONG.length : place;
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
