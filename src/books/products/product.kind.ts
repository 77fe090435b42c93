import { streamOf } from '../../kernel/decider.js';
import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { products } from './product.js';
import { answerOf } from './product.handlers.js';
import { productsView } from './product.view.js';

/** Products, for those who show records of all kinds. */
export const productKind = viewKind({
  kind: 'product',
  readPermission: 'products:read',
  view: productsView,
  factsOf: factsIn(products),
  past: {
    streams: (organisation, id) => [streamOf(products, organisation, id)],
    show: answerOf,
  },
  describe: ({ name, createdBy }) => ({ label: name, facts: { createdBy } }),
  searched: { show: ({ code = null, reference = null, status }) => ({ code, reference, status }) },
});
