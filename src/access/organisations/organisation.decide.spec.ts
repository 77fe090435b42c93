import { grant, OrganisationHistory, person, START } from '../../../test/support/organisation-history.js';
import { changeAccountBilling, editOrganisation, foundOrganisation } from './organisation.decide.js';
import { organisations } from './organisation.js';

describe('an organisation', () => {
  it('is founded by its Primary', () => {
    const history = new OrganisationHistory();
    expect(organisations.exists(history.state)).toBe(false);
    const [founded] = history.do('ann', foundOrganisation({ name: 'Hale', currency: 'GBP' }));
    expect(founded).toMatchObject({
      type: 'OrganisationFounded',
      data: { name: 'Hale', currency: 'GBP', primary: person('ann') },
    });
    expect(organisations.exists(history.state)).toBe(true);
    expect(history.state).toMatchObject({ name: 'Hale', currency: 'GBP', primary: person('ann'), foundedAt: START });
    expect(history.state.members.get(person('ann'))).toEqual({
      userId: person('ann'),
      status: 'active',
      grants: [
        {
          ...grant('primary'),
          grantEventId: founded!.id,
          grantedBy: person('ann'),
          grantedAt: START,
          grantRevision: 0,
        },
      ],
    });
  });

  it('is renamed, and a rename to the same name is none', () => {
    const history = OrganisationHistory.founded();
    expect(history.decide('primary', editOrganisation({ name: 'Hale & Daughters' }))).toEqual([]);
    expect(history.decide('primary', editOrganisation({ currency: 'GBP' }))).toEqual([]);
    expect(history.do('primary', editOrganisation({ name: 'Hale & Sons' }))).toMatchObject([
      { type: 'OrganisationEdited', data: { changes: { name: { from: 'Hale & Daughters', to: 'Hale & Sons' } } } },
    ]);
    expect(history.state.name).toBe('Hale & Sons');
  });

  it('keeps its currency', () => {
    const history = OrganisationHistory.founded();
    expect(history.refusal('primary', editOrganisation({ name: 'Hale & Sons', currency: 'EUR' }))).toBe(
      'currency-is-fixed',
    );
  });

  it('says who set its billing', () => {
    const history = OrganisationHistory.founded();
    expect(
      history.do('primary', changeAccountBilling({ plan: 'team', billingEmail: 'pay@hale.example' })),
    ).toMatchObject([
      {
        type: 'AccountBillingChanged',
        data: { plan: 'team', billingEmail: 'pay@hale.example', by: person('primary') },
      },
    ]);
    expect(history.state.billingRevision).toBe(1);
  });

  it.each([
    [{ plan: 'team', billingEmail: 'pay@hale.example' }, 0],
    [{ plan: 'solo', billingEmail: 'pay@hale.example' }, 1],
    [{ plan: 'team', billingEmail: 'bills@hale.example' }, 1],
  ])('is billed anew as %j where that is not how it is billed', (billing, events) => {
    const history = OrganisationHistory.founded();
    const now = { plan: 'team', billingEmail: 'pay@hale.example' };
    expect(history.decide('primary', changeAccountBilling(billing), now)).toHaveLength(events);
  });
});

describe('the events of an organisation', () => {
  it('read as sentences', () => {
    const { OrganisationEdited, UserInvited, RoleChanged, UserDisabled, InvitationChanged } = organisations.events;
    const [from, to] = [[grant('sales')], [grant('sales', { readOnly: true, until: '2026-03-31T00:00:00.000Z' })]];
    const invited = {
      invitationId: 'i',
      userId: 'u',
      address: 'a',
      email: 'e',
      firstName: 'f',
      lastName: 'l',
      grants: from,
    };
    expect(OrganisationEdited.summary({ changes: { name: { from: 'A', to: 'B' } } })).toBe(
      'renamed the organisation to B',
    );
    expect(UserInvited.summary(invited)).toBe('invited a person as Sales');
    expect(RoleChanged.summary({ userId: 'u', from, to })).toBe(
      'changed the roles of a member: Sales -> Sales (read only), until 31 March 2026',
    );
    expect(InvitationChanged.changes?.({ invitationId: 'i', userId: 'u', from, to })).toEqual([
      { field: 'roles', from: 'Sales', to: 'Sales (read only), until 31 March 2026' },
    ]);
    const ended = [{ invitationId: 'i', userId: 'v' }];
    expect(UserDisabled.summary({ userId: 'u', ended: [] })).toBe('disabled a member');
    expect(UserDisabled.summary({ userId: 'u', ended })).toBe('disabled a member, which ended 1 open invitation');
    expect(UserDisabled.changes?.({ userId: 'u', ended, reason: 'left' })).toEqual([
      { field: 'status', from: 'active', to: 'disabled' },
      { field: 'reason', from: null, to: 'left' },
    ]);
    expect(UserDisabled.subjects?.({ userId: 'u', ended })).toEqual(['u', 'v']);
  });
});
