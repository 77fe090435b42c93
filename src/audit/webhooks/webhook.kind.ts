import { factsIn } from '../../platform/commands/record-kinds.js';
import { viewKind } from '../../platform/commands/view-kind.js';
import { webhooks } from './webhook.js';
import { webhooksView } from './webhook.view.js';

/** Webhooks, for those who show records of all kinds; a deleted one keeps its name. */
export const webhookKind = viewKind({
  kind: 'webhook',
  readPermission: 'webhooks:read',
  view: webhooksView,
  factsOf: factsIn(webhooks),
  describe: ({ host, description, createdBy }) => ({ label: description ?? host, facts: { createdBy } }),
});
