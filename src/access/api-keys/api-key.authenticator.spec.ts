import { ORGANISATION, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import type { Aggregate } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import { type AccountEvent, accounts } from '../accounts/account.js';
import { createApiKey, deleteApiKey } from '../organisations/api-keys.decide.js';
import { organisations } from '../organisations/organisation.js';
import { ApiKeyAuthenticator } from './api-key.authenticator.js';
import { newKeyText } from './api-key.text.js';
import type { ApiKeyUses } from './api-key-uses.service.js';

const ID = '01990000-0000-7000-8000-0000000000e1';
const JUNE = '2026-06-01T00:00:00.000Z';
const identity = { accountId: 'a', address: 'h', email: 'e', firstName: 'f', lastName: 'l', credential: 'v1' };
const registered: AccountEvent = { type: 'AccountRegistered', data: { ...identity, origin: 'sign-up' } };
const verified: AccountEvent = { type: 'EmailVerified', data: { address: 'h' } };
const reset: AccountEvent = { type: 'CredentialReplaced', data: { credential: 'v2', reason: 'reset' } };

describe('whose an API key is', () => {
  let history: OrganisationHistory;
  let account: AccountEvent[];
  let noted: string[];
  let authenticator: ApiKeyAuthenticator;
  const key = newKeyText({ organisation: ORGANISATION, id: ID });

  const accountState = () =>
    account.reduce((state, event, revision) => {
      const stream = `account-${person('primary')}`;
      return accounts.evolve(state, { ...event, id: `e${revision}`, stream, revision } as Recorded<AccountEvent>);
    }, accounts.initial());

  beforeEach(() => {
    history = OrganisationHistory.founded();
    account = [registered];
    noted = [];
    const load = (aggregate: Aggregate<unknown, DomainEvent>, _: string, id: string): Promise<object> => {
      if (aggregate.name === 'account') return Promise.resolve({ state: accountState() });
      return Promise.resolve({ state: id === ORGANISATION ? history.state : organisations.initial() });
    };
    const uses = { note: (_: string, { id }: { id: string }) => void noted.push(id) } as unknown as ApiKeyUses;
    authenticator = new ApiKeyAuthenticator({ load } as unknown as StateCache, uses, () => Date.parse(history.now));
  });

  /** The account is at the revision of its last event. */
  function make(text = key): void {
    const permissions = [{ permission: 'products:read', scope: 'all' } as const];
    const body = { keyId: ID, name: 'Shop sync', hash: text.hash, hint: text.hint, expiresAt: JUNE, permissions };
    const revision = account.length - 1;
    const [created] = history.do('primary', createApiKey(body));
    history.state = organisations.evolve(history.state, {
      ...created!,
      metadata: { ...created!.metadata, authority: { access: { organisation: 0, account: revision } } },
    } as never);
  }

  const owner = { userId: person('primary'), apiKey: ID };

  it('is its maker’s, and that it was used is noted', async () => {
    make();
    expect(await authenticator.authenticate(key.text)).toEqual(owner);
    expect(noted).toEqual([ID]);
  });

  it.each<[string, () => string]>([
    ['another secret', () => newKeyText({ organisation: ORGANISATION, id: ID }).text],
    ['another key', () => newKeyText({ organisation: ORGANISATION, id: ORGANISATION }).text],
    ['another organisation', () => newKeyText({ organisation: ID, id: ID }).text],
    ['something else', () => 'csk_nonsense'],
    ['a key that is deleted', () => (history.do('primary', deleteApiKey(ID)), key.text)],
    ['a key that ends now', () => ((history.now = JUNE), key.text)],
    ['a key of an erased account', () => (account.push({ type: 'AccountErased', data: { address: 'h' } }), key.text)],
  ])('is nobody’s: %s', async (_, text) => {
    make();
    expect(await authenticator.authenticate(text())).toBeUndefined();
    expect(noted).toEqual([]);
  });

  it('is good until the millisecond before its end', async () => {
    make();
    history.now = '2026-05-31T23:59:59.999Z';
    expect(await authenticator.authenticate(key.text)).toEqual(owner);
  });

  describe('when its maker’s account gets another password', () => {
    const before = (...events: AccountEvent[]): void => {
      account = [...events];
      make();
    };
    const asked = (via: 'mail' | 'operator'): AccountEvent => ({
      type: 'PasswordResetRequested',
      data: via === 'mail' ? { via, asked: 1 } : { via },
    });

    it.each<[string, () => void]>([
      [
        'changed by its holder',
        () => account.push({ type: 'CredentialReplaced', data: { credential: 'v2', reason: 'changed' } }),
      ],
      ['reset by mail, by the holder of an address that was theirs before', () => account.push(asked('mail'), reset)],
      ['signed out everywhere', () => account.push({ type: 'AllSessionsEnded', data: { reason: 'signed-out' } })],
    ])('ends: %s', async (_, change) => {
      before(registered, verified);
      expect(await authenticator.authenticate(key.text)).toEqual(owner);
      change();
      expect(await authenticator.authenticate(key.text)).toBeUndefined();
    });

    it.each<[string, AccountEvent[], () => void]>([
      [
        'taken over by whoever has the mailbox',
        [registered],
        () => account.push({ type: 'AccountTakenOver', data: identity }),
      ],
      [
        'reset by whoever has the mailbox of an address nobody verified',
        [registered],
        () => account.push(asked('mail'), reset),
      ],
      ['reset with the help of an operator', [registered, verified], () => account.push(asked('operator'), reset)],
      [
        'signed out by an operator',
        [registered, verified],
        () => account.push({ type: 'AllSessionsEnded', data: { reason: 'operator' } }),
      ],
    ])('dies: %s', async (_, events, change) => {
      before(...events);
      expect(await authenticator.authenticate(key.text)).toEqual(owner);
      change();
      expect(await authenticator.authenticate(key.text)).toBeUndefined();
    });
  });
});
