import { ORGANISATION, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import { changeAccountBilling, editOrganisation } from './organisation.decide.js';
import { memberKey, membersView } from './member.view.js';
import { endMembership } from './members.decide.js';
import { accountBillingView, organisationsView } from './organisation.view.js';

type MemberEvent = Parameters<typeof membersView.fold>[1];
type OrganisationEvent = Parameters<typeof organisationsView.fold>[1];
type BillingEvent = Parameters<typeof accountBillingView.fold>[1];

it('an organisation is listed by its name and currency', () => {
  const history = OrganisationHistory.founded();
  history.do('primary', editOrganisation({ name: 'Hale & Sons' }));
  const [founded, renamed] = history.events as OrganisationEvent[];
  expect(organisationsView.keys(founded!)).toEqual([ORGANISATION]);
  const doc = organisationsView.fold(null, founded!, ORGANISATION);
  expect(doc).toEqual({ id: ORGANISATION, name: 'Hale & Daughters', currency: 'GBP' });
  expect(organisationsView.fold(doc, renamed!, ORGANISATION)).toEqual({ ...doc, name: 'Hale & Sons' });
});

it('its billing is what was set last', () => {
  const history = OrganisationHistory.founded();
  const [changed] = history.do('primary', changeAccountBilling({ plan: 'team', billingEmail: 'pay@hale.example' }));
  expect(accountBillingView.keys(changed as BillingEvent)).toEqual([ORGANISATION]);
  expect(accountBillingView.fold(null, changed as BillingEvent, ORGANISATION)).toEqual({
    plan: 'team',
    billingEmail: 'pay@hale.example',
  });
});

it('a closed organisation has no documents', () => {
  const history = OrganisationHistory.founded();
  const founded = history.events[0] as OrganisationEvent;
  const [closed] = history.do('primary', endMembership(person('primary')));
  const doc = organisationsView.fold(null, founded, ORGANISATION);
  expect(organisationsView.fold(doc, closed as OrganisationEvent, ORGANISATION)).toBeNull();
  const billing = { plan: 'team', billingEmail: 'pay@hale.example' };
  expect(accountBillingView.fold(billing, closed as BillingEvent, ORGANISATION)).toBeNull();
  expect(membersView.keys(closed as MemberEvent)).toEqual([memberKey(ORGANISATION, person('primary'))]);
});
