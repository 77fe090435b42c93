import { Global, Module } from '@nestjs/common';
import { EVENT_STORE, VAULT } from './platform/commands/tokens.js';
import type { EventStore } from './platform/event-store/event-store.port.js';
import { HEALTH_PARTS, type HealthPart } from './platform/http/health.js';
import { ProjectorClient } from './platform/projector/projector-client.js';
import { Reactors } from './platform/reactor/reactors.js';
import type { Vault } from './platform/vault/vault.port.js';

function partsOf(
  store: EventStore,
  vault: Vault,
  projector: ProjectorClient,
  reactors: Reactors,
): readonly HealthPart[] {
  return [
    { name: 'event-store', check: () => store.head().then(() => 'ok') },
    // A read that no cache answers, and that makes nothing.
    { name: 'vault', check: () => vault.credential('health', 'none').then(() => 'ok') },
    {
      name: 'views',
      check: () => {
        const stopped = [...projector.status()].filter(
          ([, { state }]) => state === 'stopped' || state === 'restarting',
        );
        return Promise.resolve(
          stopped.length === 0 ? 'ok' : stopped.map(([name, { state }]) => `${name} ${state}`).join(', '),
        );
      },
    },
    {
      name: 'reactors',
      check: () => Promise.resolve(reactors.stopped.length === 0 ? 'ok' : `stopped: ${reactors.stopped.join(', ')}`),
    },
  ];
}

/** What `GET /health/ready` asks. */
@Global()
@Module({
  providers: [{ provide: HEALTH_PARTS, useFactory: partsOf, inject: [EVENT_STORE, VAULT, ProjectorClient, Reactors] }],
  exports: [HEALTH_PARTS],
})
export class HealthModule {}
