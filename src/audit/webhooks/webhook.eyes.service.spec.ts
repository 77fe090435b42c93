import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import type { Authoriser, Verdict } from '../../platform/commands/principal.js';
import type { StateCache } from '../../platform/commands/state-cache.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import type { LiveWebhook } from './webhook.js';
import { WebhookEyes } from './webhook.eyes.service.js';

const bob = { userId: 'bob', apiKey: 'k-1' };
const webhook = { maker: bob, makerRevision: 7, createdBy: 'ann' } as unknown as LiveWebhook;
const allowed: Verdict = {
  allowed: true,
  authority: { permission: 'audit:read' } as never,
  reach: { tokens: ['by:bob'] },
};

describe('the eyes of a webhook', () => {
  let verdicts: Record<string, Verdict>;
  let holderSince: number;
  const asked: unknown[] = [];

  beforeEach(() => {
    verdicts = { 'webhooks:edit': allowed, 'audit:read': allowed };
    holderSince = 0;
    asked.length = 0;
  });
  const look = async () => {
    const store = new MemoryEventStore();
    const metadata = { actor: { kind: 'system', id: 's' }, command: 'C', correlationId: 'c', requestId: 'r' } as const;
    await store.append('s', 'any', [
      { id: '00000000-0000-4000-8000-000000000001', type: 'Done', schemaVersion: 1, data: {}, metadata },
    ]);
    const authoriser: Authoriser = {
      authorise: async (principal, organisation, permission, facts) => {
        asked.push([principal, organisation, permission, facts]);
        return verdicts[permission]!;
      },
    };
    const states = { load: async () => ({ state: { holderSince } }) } as unknown as StateCache;
    return new WebhookEyes(authoriser, states).of('o', webhook, store.events[0] as StoredEvent);
  };

  it('are its maker’s, as far as they may read the trail now', async () => {
    expect(await look()).toMatchObject({
      context: { principal: bob, organisation: 'o', permission: 'audit:read', reach: { tokens: ['by:bob'] } },
    });
    expect(asked).toEqual([
      [bob, 'o', 'webhooks:edit', { createdBy: 'ann' }],
      [bob, 'o', 'audit:read', undefined],
    ]);
  });

  it.each([
    ['webhooks:edit', 'area', 'permission-lost'],
    ['webhooks:edit', 'record', 'permission-lost'],
    ['audit:read', 'area', 'permission-lost'],
    ['webhooks:edit', 'stranger', 'maker-gone'],
    ['audit:read', 'stranger', 'maker-gone'],
  ] as const)('are shut without %s (%s)', async (permission, because, lost) => {
    verdicts[permission] = { allowed: false, because };
    expect(await look()).toEqual({ lost });
  });

  it('are shut when the account got another holder after it was set up', async () => {
    holderSince = 7;
    expect(await look()).toHaveProperty('context');
    holderSince = 8;
    expect(await look()).toEqual({ lost: 'maker-gone' });
    expect(asked).toHaveLength(2);
  });
});
