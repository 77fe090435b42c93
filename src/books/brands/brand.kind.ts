import { streamOf } from '../../kernel/decider.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { brands, factsOf } from './brand.js';
import { answerOf } from './brand.handlers.js';
import { brandsView } from './brand.view.js';

/** Brands, for those who show records of all kinds. */
export const brandKind = viewKind({
  kind: 'brand',
  readPermission: 'brands:read',
  view: brandsView,
  async factsOf(read, organisation, id) {
    const brand = (await read(brands, '', organisation)).state.byId.get(id);
    return brand && factsOf(brand);
  },
  past: {
    streams: (organisation) => [streamOf(brands, '', organisation)],
    show: answerOf,
  },
  describe: (doc) => ({ label: doc.name, facts: factsOf(doc) }),
});
