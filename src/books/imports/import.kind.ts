import { streamOf } from '../../kernel/decider.js';
import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { imports } from './import.js';
import { importKey, importsView } from './import.view.js';

/** Imports, for those who show records of all kinds. */
export const importKind = viewKind({
  kind: 'import',
  readPermission: 'invoices:import',
  view: importsView,
  key: importKey,
  factsOf: factsIn(imports),
  past: {
    streams: (organisation, id) => [streamOf(imports, organisation, id)],
    show: (_, { organisation: __, createdBy: ___, ...answer }) => answer,
  },
  describe: ({ createdBy }) => ({ label: 'Import of invoices', facts: { createdBy } }),
});
