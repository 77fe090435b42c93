import type { Patch } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { conflict } from '../../kernel/refusal.js';
import type { AccountBilling, OrganisationEvent, OrganisationState } from './organisation.js';

type Decision = Decide<OrganisationState, OrganisationEvent>;

/** Whoever founds an organisation is its Primary. */
export const foundOrganisation =
  ({ name, currency }: { readonly name: string; readonly currency: string }): Decision =>
  (_, { userId }) => [{ type: 'OrganisationFounded', data: { name, currency, primary: userId } }];

/** The currency is the one that the books were opened in: it can be said again, not changed. */
export const editOrganisation =
  ({ name, currency }: Patch<{ name: string; currency: string }>): Decision =>
  (state) => {
    if (currency !== undefined && currency !== state.currency) {
      throw conflict('currency-is-fixed', `The books of this organisation are kept in ${state.currency}`);
    }
    if (name === undefined || name === state.name) return [];
    return [{ type: 'OrganisationEdited', data: { changes: { name: { from: state.name, to: name } } } }];
  };

/** What is set now is prepared: its address is personal, so the state does not hold it. */
export const changeAccountBilling =
  ({ plan, billingEmail }: AccountBilling): Decide<OrganisationState, OrganisationEvent, AccountBilling | undefined> =>
  (_, { userId }, now) =>
    plan === now?.plan && billingEmail === now.billingEmail
      ? []
      : [{ type: 'AccountBillingChanged', data: { plan, billingEmail, by: userId } }];
