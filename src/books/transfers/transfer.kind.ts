import { streamOf } from '../../kernel/decider.js';
import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { factsOf, transfers } from './transfer.js';
import { answerOf } from './transfer.handlers.js';
import { transfersView } from './transfer.view.js';

/** Transfers, for those who show records of all kinds. */
export const transferKind = viewKind({
  kind: 'transfer',
  readPermission: 'transactions:read',
  view: transfersView,
  factsOf: factsIn(transfers),
  past: {
    streams: (organisation, id) => [streamOf(transfers, organisation, id)],
    show: answerOf,
  },
  describe: (doc) => ({ label: `Transfer on ${doc.date}`, facts: factsOf(doc) }),
});
