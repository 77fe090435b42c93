import { accountEvents } from './accounts/account.js';
import { emailClaimEvents } from './accounts/email-claim.js';
import { organisationEvents } from './organisations/organisation.js';
import { sessionEvents } from './sessions/session.js';

/**
 * Every type of event of this room. Not in the contract, which organisations themselves lean on: only the entry files need
 * to know all types.
 */
export const accessEvents = { ...organisationEvents, ...accountEvents, ...emailClaimEvents, ...sessionEvents };
