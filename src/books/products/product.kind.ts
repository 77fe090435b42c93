import { viewKind } from '../../platform/commands/view-kind.js';
import { productsView } from './product.view.js';

/** Products, for those who show records of all kinds. */
export const productKind = viewKind({
  kind: 'product',
  readPermission: 'products:read',
  view: productsView,
  describe: ({ name, createdBy }) => ({ label: name, facts: { createdBy } }),
});
