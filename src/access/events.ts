import { accounts } from './accounts/account.js';
import { emailClaims } from './accounts/email-claim.js';
import { assignments } from './assignments/assignments.js';
import { apiKeyUseEvents } from './organisations/api-key-use.js';
import { organisations } from './organisations/organisation.js';
import { sessions } from './sessions/session.js';

/**
 * Every type of event of this room. Not in the contract, which organisations themselves lean on: only the entry files need
 * to know all types.
 */
export const accessEvents = {
  ...organisations.events,
  ...apiKeyUseEvents,
  ...assignments.events,
  ...accounts.events,
  ...emailClaims.events,
  ...sessions.events,
};
