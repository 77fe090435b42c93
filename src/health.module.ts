import { Global, Module } from '@nestjs/common';
import { EVENT_STORE, VAULT } from './platform/commands/tokens.js';
import type { EventStore } from './platform/event-store/event-store.port.js';
import { HEALTH_PARTS, type HealthPart } from './platform/http/health.js';
import { ProjectorClient } from './platform/projector/projector-client.js';
import { isReadable, type ViewStatus } from './platform/projector/status.js';
import { Reactors } from './platform/reactor/reactors.js';
import type { Vault } from './platform/vault/vault.port.js';

/** `invoices stopped`, `trail rebuilding 40 %` */
const describeView = ([name, { state, progress }]: readonly [string, ViewStatus]): string =>
  `${name} ${state}${progress === undefined ? '' : ` ${Math.floor(progress * 100)} %`}`;

async function checkViews(projector: ProjectorClient, store: EventStore): Promise<string> {
  const status = [...projector.status()];
  if (status.length === 0) return 'starting';
  const unreadable = status.filter(([, view]) => !isReadable(view));
  if (unreadable.length === 0) return 'ok';
  // A node that does not write the views itself sees no checkpoint before there is an event.
  const waitsForEvents = unreadable.every(([, { state }]) => state === 'catching-up');
  if (waitsForEvents && (await store.head()) === undefined) return 'ok';
  return unreadable.map(describeView).join(', ');
}

export function partsOf(
  store: EventStore,
  vault: Vault,
  projector: ProjectorClient,
  reactors: Reactors,
): readonly HealthPart[] {
  return [
    { name: 'event-store', check: () => store.head().then(() => 'ok') },
    // A read that no cache answers, and that makes nothing.
    { name: 'vault', check: () => vault.credential('health', 'none').then(() => 'ok') },
    { name: 'views', check: () => checkViews(projector, store) },
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
