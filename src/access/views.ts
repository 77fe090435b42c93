import { profilesView } from './accounts/profile.view.js';
import { apiKeysView } from './organisations/api-key.view.js';
import { membersView } from './organisations/member.view.js';
import { accountBillingView, organisationsView } from './organisations/organisation.view.js';

/** Every view of this room. */
export const accessViews = [profilesView, membersView, organisationsView, accountBillingView, apiKeysView] as const;
