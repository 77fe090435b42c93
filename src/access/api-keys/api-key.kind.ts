import { streamOf } from '../../kernel/decider.js';
import type { RecordKind } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { apiKeyUseStream } from '../organisations/api-key-use.js';
import { apiKeysView } from '../organisations/api-key.view.js';
import { organisations } from '../organisations/organisation.js';
import { keyItem } from './api-keys.handlers.js';

const factsOf: RecordKind['factsOf'] = async (read, organisation, id) => {
  const { state } = await read(organisations, '', organisation);
  const key = state.apiKeys.get(id);
  return key && { createdBy: key.userId };
};

/** API keys, for those who show records of all kinds; a deleted one keeps its name. */
export const apiKeyKind = viewKind({
  kind: 'api-key',
  readPermission: 'api-keys:read',
  view: apiKeysView,
  factsOf,
  past: {
    streams: (organisation, id) => [streamOf(organisations, '', organisation), apiKeyUseStream(organisation, id)],
    show: (id, doc) => (doc.status === 'open' ? keyItem(id, doc) : undefined),
  },
  describe: ({ name, createdBy }) => ({ label: name, facts: { createdBy } }),
});
