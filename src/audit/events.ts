import { deadLetterEvents } from './webhooks/dead-letter.js';
import { trailExports } from './export/trail-export.js';
import { checkpointMails } from './proofs/checkpoint-mail.js';
import { privacy } from './privacy/privacy.js';
import { privacyRequests } from './privacy/request.js';
import { webhooks } from './webhooks/webhook.js';

/** Every type of event of this room but evidence, which stands in the contract. */
export const auditEvents = {
  ...webhooks.events,
  ...deadLetterEvents,
  ...privacy.events,
  ...privacyRequests.events,
  ...trailExports.events,
  ...checkpointMails.events,
};
