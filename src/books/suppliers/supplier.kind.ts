import { streamOf } from '../../kernel/decider.js';
import { wordsOf } from '../../kernel/words.js';
import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { factsOf, suppliers } from './supplier.js';
import { answerOf } from './supplier.handlers.js';
import { suppliersView } from './supplier.view.js';

/** Suppliers, for those who show records of all kinds and look for people. */
export const supplierKind = viewKind({
  kind: 'supplier',
  readPermission: 'suppliers:read',
  view: suppliersView,
  factsOf: factsIn(suppliers),
  past: {
    streams: (organisation, id) => [streamOf(suppliers, organisation, id)],
    show: answerOf,
  },
  describe: (doc) => ({ label: doc.name, facts: factsOf(doc) }),
  searched: { show: ({ reference = null, email = null, status }) => ({ reference, email, status }) },
  findPeople,
});

/** Their bank details in the trail, for whoever may see them. The id is the supplier's. */
export const supplierBankAccountKind = viewKind({
  kind: 'supplier-bank-account',
  readPermission: 'suppliers:edit-bank-details',
  view: suppliersView,
  describe: (doc) => ({ label: doc.name, facts: factsOf(doc) }),
});

async function findPeople(
  model: ReadModel,
  organisation: string,
  words: string,
  limit: number,
): Promise<readonly string[]> {
  const wanted = wordsOf(words);
  if (wanted.length === 0) return [];
  const { value } = await model.find(suppliersView, {
    where: [{ field: 'organisation', eq: organisation }, ...wanted.map((word) => ({ field: 'words', has: word }))],
    sort: 'newest',
    limit,
  });
  return value.items.map(({ key }) => key);
}
