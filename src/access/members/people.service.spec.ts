import { grant, ORGANISATION, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import { acceptInvitation, cancelInvitation, inviteUser } from '../organisations/invitations.decide.js';
import { memberKey } from '../organisations/member.view.js';
import { removeUser } from '../organisations/members.decide.js';
import { People } from './people.service.js';

const profile = (name: string) => ({
  id: person(name),
  email: `${name}@own.example`,
  firstName: name,
  lastName: 'Own',
  revision: 0,
});

describe('the names of people', () => {
  let history: OrganisationHistory;
  let people: People;

  /** What the inviter wrote, for everybody; and a profile for everybody, wanted or not. */
  const views: Pick<ReadModel, 'getMany' | 'find'> = {
    getMany: ((view: ViewDefinition, keys: readonly string[]) => {
      const docs = keys.map((key) =>
        view.name === 'profiles'
          ? profile(Buffer.from(key.slice(-12), 'hex').toString().trim())
          : { invitation: { id: 'i', email: 'bob@written.example', firstName: 'Bob', lastName: 'Written' } },
      );
      return Promise.resolve({ value: docs, position: undefined });
    }) as unknown as ReadModel['getMany'],
    find: (() => {
      const items = [...history.state.members.values()].map(({ userId }) => ({
        key: memberKey(ORGANISATION, userId),
        doc: { userId },
      }));
      return Promise.resolve({ value: { items, next: null }, position: undefined });
    }) as unknown as ReadModel['find'],
  };

  function invite(name: string): string {
    const body = { email: `${name}@hale.example`, firstName: name, lastName: 'Hale', grants: [grant('sales')] };
    const [invited] = history.do('primary', inviteUser(body), { userId: person(name), address: name });
    if (invited?.type !== 'UserInvited') throw new Error('not invited');
    return invited.data.invitationId;
  }

  function accept(invitationId: string, name: string): void {
    const { mailEventId } = history.state.invitations.get(invitationId)!;
    history.do(name, acceptInvitation({ link: { invitationId, mailEventId }, userId: person(name) }));
  }

  const namesOf = async (...names: string[]) =>
    Object.fromEntries(await people.namesOf(ORGANISATION, names.map(person)));

  beforeEach(() => {
    history = OrganisationHistory.founded();
    const load = () => Promise.resolve({ state: history.state, revision: 0, position: undefined });
    people = new People({ load } as unknown as StateCache, views as ReadModel);
  });

  it('of members are their own', async () => {
    accept(invite('sue'), 'sue');
    expect(await namesOf('primary', 'sue')).toEqual({
      [person('primary')]: { email: 'primar@own.example', firstName: 'primar', lastName: 'Own' },
      [person('sue')]: { email: 'sue@own.example', firstName: 'sue', lastName: 'Own' },
    });
  });

  it('of invited people are what the inviter wrote: an account with that id may be a stranger’s', async () => {
    invite('bob');
    expect(await namesOf('bob')).toEqual({
      [person('bob')]: { email: 'bob@written.example', firstName: 'Bob', lastName: 'Written' },
    });
  });

  it('of former members are known, of anybody else they are not', async () => {
    accept(invite('sue'), 'sue');
    history.do('primary', removeUser({ userId: person('sue') }));
    history.do('primary', cancelInvitation(invite('bob')));
    expect(Object.keys(await namesOf('sue', 'bob', 'eve'))).toEqual([person('sue')]);
  });

  it('are found by the beginnings of their words', async () => {
    accept(invite('sue'), 'sue');
    invite('bob');
    expect(await people.find(ORGANISATION, 'OWN su', 10)).toEqual([person('sue')]);
    expect(await people.find(ORGANISATION, 'written', 10)).toEqual([person('bob')]);
    expect(await people.find(ORGANISATION, 'example', 2)).toHaveLength(2);
    expect(await people.find(ORGANISATION, 'nobody', 10)).toEqual([]);
    expect(await people.find(ORGANISATION, ' - ', 10)).toEqual([]);
  });
});
