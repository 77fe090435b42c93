import { viewKind } from '../../platform/commands/view-kind.js';
import { importKey, importsView } from './import.view.js';

/** Imports, for those who show records of all kinds. */
export const importKind = viewKind({
  kind: 'import',
  readPermission: 'invoices:import',
  view: importsView,
  key: importKey,
  describe: ({ createdBy }) => ({ label: 'Import of invoices', facts: { createdBy } }),
});
