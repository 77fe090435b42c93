import Sequencer from '@jest/test-sequencer';

/**
 * The suites that take 20 seconds or more in CI, longest first: one that begins last would have a core to itself while the
 * other is idle. The first five take minutes there.
 */
const LONG = [
  'simulation/soak',
  'simulation/walk-log',
  'contract/read-model.mongodb',
  'simulation/walk-vault',
  'e2e/durability',
  'e2e/backup',
  'e2e/move',
  'e2e/witnesses',
  'e2e/privacy',
  'e2e/import',
  'src/recover-command',
  'export/export.http',
  'e2e/roles-walk',
  'e2e/document-races',
  'simulation/walk-views',
  'imports/imports-mapped.http',
  'e2e/operations',
  'e2e/rebuild',
  'primary/rules.http',
  'transactions/bank.http',
  'e2e/faults',
  'e2e/revocation',
  'contract/vault.mongodb',
  'recurring/recurring-invoice.http',
  'e2e/telemetry',
  'src/demo-command',
];

const rank = ({ path }) => {
  const place = LONG.findIndex((name) => path.endsWith(`/${name}.spec.js`));
  return place === -1 ? LONG.length : place;
};

export default class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
