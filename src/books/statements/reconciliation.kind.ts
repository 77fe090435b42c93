import { streamOf } from '../../kernel/decider.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { factsOf, reconciliations } from './reconciliation.js';
import { answerOf } from './reconciliation.handlers.js';
import { reconciliationsView } from './reconciliation.view.js';

/** Reconciliations, for those who show records of all kinds. */
export const reconciliationKind = viewKind({
  kind: 'reconciliation',
  readPermission: 'transactions:read',
  view: reconciliationsView,
  async factsOf(read, organisation, id) {
    const facts = (await read(reconciliations, '', organisation)).state.finished.get(id);
    return facts && factsOf(facts);
  },
  past: {
    streams: (organisation) => [streamOf(reconciliations, '', organisation)],
    show: answerOf,
  },
  describe: (doc) => ({ label: `Reconciliation through ${doc.through}`, facts: factsOf(doc) }),
});
