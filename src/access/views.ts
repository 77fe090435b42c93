import { profileView } from './accounts/profile.view.js';
import { memberView } from './organisations/member.view.js';
import { accountBillingView, organisationView } from './organisations/organisation.view.js';

/** Every view of this room. */
export const accessViews = [profileView, memberView, organisationView, accountBillingView] as const;
