import { partsOf } from './health.module.js';
import type { EventStore } from './platform/event-store/event-store.port.js';
import { Health } from './platform/http/health.js';
import type { ProjectorClient } from './platform/projector/projector-client.js';
import type { ViewStatus } from './platform/projector/status.js';
import type { Reactors } from './platform/reactor/reactors.js';
import type { Vault } from './platform/vault/vault.port.js';

interface World {
  readonly head?: () => Promise<string | undefined>;
  readonly credential?: () => Promise<string | undefined>;
  readonly views?: Readonly<Record<string, ViewStatus>>;
  readonly stopped?: readonly string[];
}

const live: ViewStatus = { state: 'live', checkpoint: 'p9' };

const check = ({ head, credential, views = { trail: live, invoices: live }, stopped = [] }: World = {}) =>
  new Health(
    partsOf(
      { head: head ?? (() => Promise.resolve('p9')) } as unknown as EventStore,
      { credential: credential ?? (() => Promise.resolve(undefined)) } as unknown as Vault,
      { status: () => new Map(Object.entries(views)) } as unknown as ProjectorClient,
      { stopped } as unknown as Reactors,
    ),
  ).check();

const WELL = { 'event-store': 'ok', vault: 'ok', views: 'ok', reactors: 'ok' };
const away = (): Promise<never> => Promise.reject(new Error('connect to esdb://admin:hunter2@10.0.0.1'));

describe('whether a node is ready', () => {
  it('is so where every part is', async () => {
    expect(await check()).toEqual(WELL);
  });

  it('names the store or the vault that cannot be used, without what the driver says', async () => {
    expect(await check({ head: away })).toEqual({ ...WELL, 'event-store': 'cannot be checked' });
    expect(await check({ credential: away })).toEqual({ ...WELL, vault: 'cannot be checked' });
  });

  it('does not wait for a store that hangs', async () => {
    expect(await check({ head: () => new Promise(() => undefined) })).toEqual({
      ...WELL,
      'event-store': 'does not answer',
    });
  });

  it.each<[string, string, ViewStatus]>([
    ['has stopped', 'trail stopped', { state: 'stopped', checkpoint: 'p3' }],
    ['is started again', 'trail restarting', { state: 'restarting', checkpoint: 'p3' }],
    ['is built for the first time', 'trail catching-up', { state: 'catching-up', checkpoint: undefined }],
    [
      'is built for a new version',
      'trail rebuilding 40 %',
      { state: 'rebuilding', checkpoint: undefined, progress: 0.409 },
    ],
  ])('names a view that %s', async (_what, said, status) => {
    expect(await check({ views: { trail: status, invoices: live } })).toEqual({ ...WELL, views: said });
  });

  it.each<[string, ViewStatus]>([
    ['catches up after a start', { state: 'catching-up', checkpoint: 'p3' }],
    ['is rebuilt beside the live one', { state: 'rebuilding', checkpoint: 'p9', progress: 0.4 }],
    ['shows an empty log', { state: 'live', checkpoint: undefined }],
  ])('is so while a view %s: it can be read', async (_what, status) => {
    expect(await check({ views: { trail: status } })).toEqual(WELL);
  });

  it('is so with an empty log, whose views have no checkpoint on a node that does not write them', async () => {
    const views = { trail: { state: 'catching-up', checkpoint: undefined } } as const;
    expect(await check({ head: () => Promise.resolve(undefined), views })).toEqual(WELL);
  });

  it('is not so before the projector has told of its views', async () => {
    expect(await check({ views: {} })).toEqual({ ...WELL, views: 'starting' });
  });

  it('names reactors that have ended', async () => {
    expect(await check({ stopped: ['account-mails', 'account-upkeep'] })).toEqual({
      ...WELL,
      reactors: 'stopped: account-mails, account-upkeep',
    });
  });
});
