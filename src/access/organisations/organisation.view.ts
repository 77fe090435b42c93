import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { AccountBillingChanged, OrganisationEdited, OrganisationFounded } from './organisation.js';

/** An organisation as its members' lists name it. Keyed by its id. */
export interface OrganisationDoc {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
}

export const organisationsView: ViewDefinition<OrganisationDoc, OrganisationFounded | OrganisationEdited> = {
  name: 'organisations',
  version: 1,
  events: ['OrganisationFounded', 'OrganisationEdited'],
  fields: {},
  sorts: {},
  indexes: [],
  keys: (event) => [recordIdOf(event.stream)],
  fold: (doc, event) => {
    switch (event.type) {
      case 'OrganisationFounded':
        return { id: recordIdOf(event.stream), name: event.data.name, currency: event.data.currency };
      case 'OrganisationEdited':
        return doc && { ...doc, name: event.data.changes.name?.to ?? doc.name };
    }
  },
};

/** Whoever pays for the account. Its address stands in this document only. Keyed by the organisation's id. */
export interface AccountBillingDoc {
  readonly plan: string;
  readonly billingEmail: string;
}

export const accountBillingView: ViewDefinition<AccountBillingDoc, AccountBillingChanged> = {
  name: 'account-billing',
  version: 1,
  events: ['AccountBillingChanged'],
  fields: {},
  sorts: {},
  indexes: [],
  keys: (event) => [recordIdOf(event.stream)],
  fold: (_, { data: { plan, billingEmail } }) => ({ plan, billingEmail }),
};
