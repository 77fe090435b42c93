import type { Recorded } from '../../kernel/event.js';
import { grant, ORGANISATION, OrganisationHistory, person } from '../../../test/support/organisation-history.js';
import { type ApiKeyDoc, apiKeysView } from './api-key.view.js';
import { createApiKey, deleteApiKey, type NewApiKey } from './api-keys.decide.js';

const AT = '2026-03-02T10:15:00.000Z';

const fold = (events: readonly Recorded[]): ApiKeyDoc | null =>
  events.reduce<ApiKeyDoc | null>((doc, event) => apiKeysView.fold(doc, event as never, 'key'), null);

describe('the list of API keys', () => {
  let history: OrganisationHistory;
  const key: NewApiKey = { keyId: 'key', name: 'Shop sync', hash: 'SECRET', hint: 'csk_…abcd', roles: ['sales'] };
  const used = (): Recorded => ({
    ...history.events[0]!,
    type: 'ApiKeyUsed',
    stream: `api-key-use-${ORGANISATION}/key`,
    data: { keyId: 'key' },
    recordedAt: AT,
  });

  beforeEach(() => {
    history = OrganisationHistory.founded();
    history.do('primary', createApiKey({ ...key, expiresAt: '2026-06-01T00:00:00.000Z' }));
  });

  it('shows a key without its hash', () => {
    const doc = fold(history.events.slice(1));
    expect(doc).toEqual({
      organisation: ORGANISATION,
      reach: [`by:${person('primary')}`],
      status: 'open',
      name: 'Shop sync',
      hint: 'csk_…abcd',
      roles: [grant('sales')],
      createdBy: person('primary'),
      createdAt: history.now,
      created: history.events[1]!.position,
      expiresAt: '2026-06-01T00:00:00.000Z',
    });
    expect(JSON.stringify(doc)).not.toContain('SECRET');
  });

  it('says when it was used last', () => {
    expect(fold([...history.events.slice(1), used()])?.lastUsedAt).toBe(AT);
    expect(apiKeysView.keys(used() as never)).toEqual(['key']);
  });

  it('keeps the name of a deleted one, and brings nothing back', () => {
    history.do('primary', deleteApiKey('key'));
    expect(fold([...history.events.slice(1), used()])).toMatchObject({ status: 'deleted', name: 'Shop sync' });
    expect(fold([used()])).toBeNull();
  });
});
