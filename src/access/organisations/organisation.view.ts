import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type {
  AccountBillingChanged,
  OrganisationClosed,
  OrganisationEdited,
  OrganisationFounded,
} from './organisation.js';

/** An organisation as its members' lists name it. Keyed by its id. */
export interface OrganisationDoc {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
}

export const organisationsView: ViewDefinition<
  OrganisationDoc,
  OrganisationFounded | OrganisationEdited | OrganisationClosed
> = {
  name: 'organisations',
  version: 1,
  events: ['OrganisationFounded', 'OrganisationEdited', 'OrganisationClosed'],
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
      case 'OrganisationClosed':
        return null;
    }
  },
};

/** Whoever pays for the account. Its address stands in this document only. Keyed by the organisation's id. */
export interface AccountBillingDoc {
  readonly plan: string;
  readonly billingEmail: string;
}

export const accountBillingView: ViewDefinition<AccountBillingDoc, AccountBillingChanged | OrganisationClosed> = {
  name: 'account-billing',
  version: 1,
  events: ['AccountBillingChanged', 'OrganisationClosed'],
  fields: {},
  sorts: {},
  indexes: [],
  keys: (event) => [recordIdOf(event.stream)],
  fold: (_, event) => {
    switch (event.type) {
      case 'AccountBillingChanged':
        return { plan: event.data.plan, billingEmail: event.data.billingEmail };
      case 'OrganisationClosed':
        return null;
    }
  },
};
