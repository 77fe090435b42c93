import { streamOf } from '../../kernel/decider.js';
import { wordsOf } from '../../kernel/words.js';
import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { contactsView } from './contact.view.js';
import { customers, factsOf } from './customer.js';
import { answerOf } from './customer.handlers.js';
import { customersView } from './customer.view.js';

/** Customers, for those who show records of all kinds and look for people. */
export const customerKind = viewKind({
  kind: 'customer',
  readPermission: 'customers:read',
  view: customersView,
  factsOf: factsIn(customers),
  past: {
    streams: (organisation, id) => [streamOf(customers, organisation, id)],
    show: answerOf,
  },
  describe: (doc, id) => ({ label: doc.name, facts: factsOf(id, doc) }),
  searched: { show: ({ reference = null, email = null, status }) => ({ reference, email, status }) },
  findPeople,
});

async function findPeople(
  model: ReadModel,
  organisation: string,
  words: string,
  limit: number,
): Promise<readonly string[]> {
  const wanted = wordsOf(words);
  if (wanted.length === 0) return [];
  const where = [{ field: 'organisation', eq: organisation }, ...wanted.map((word) => ({ field: 'words', has: word }))];
  const { value } = await model.find(customersView, { where, sort: 'newest', limit });
  const contacts = await model.find(contactsView, { where, sort: 'newest', limit });
  return [...value.items, ...contacts.value.items].map(({ key }) => key).slice(0, limit);
}
