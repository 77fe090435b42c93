import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { AppModule, type AppParts } from './app.module.js';
import { catalogues } from './catalogues.js';
import type { Clock } from './platform/commands/tokens.js';
import { PublicUrl } from './platform/config/public-url.js';
import { defaultPublicUrl, type Settings } from './platform/config/settings.js';
import { type Edge, httpAdapter, nestOptions, setUpHttp } from './platform/http/set-up.js';
import { ProjectorClient } from './platform/projector/projector-client.js';
import { NotaryClient } from './platform/proofs/notary-client.js';
import type { Proofs } from './platform/proofs/proofs.module.js';
import { currentSeed } from './platform/proofs/signing-key.js';
import { openTreeReader } from './platform/proofs/sqlite/tree-file.js';
import type { StorePlaces } from './platform/stores/projection.js';
import { openStores, type Stores } from './platform/stores/stores.module.js';
import { createLogger, type Logger } from './platform/telemetry/logger.js';
import { tracing, useTracing, wantsTraces } from './platform/telemetry/tracing.js';
import { version } from './version.js';

/** What a process opens once, however many application instances it runs. */
export interface Process {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly stores: Stores;
  readonly projector: ProjectorClient;
  readonly proofs: Proofs;
  close(): Promise<void>;
}

/** How long requests that are under way may take to end after SIGTERM, in milliseconds. */
const DRAIN_MS = 10_000;

/**
 * Mebibytes of each half of what a thread keeps young. The HTTP thread has its own by the command line; where every thread has
 * as much, they hold some hundred mebibytes between them and are no faster.
 */
const SEMI_SPACE_OF_THREADS = 4;

/**
 * How much the old part of a heap may grow, in per cent of what lived after its last collection, until it is collected again.
 * V8 lets it grow to four times that where the machine has much memory, and most of what a process under load held was garbage.
 */
const HEAP_GROWTH = 60;

/** Opens the stores and starts the projector's thread. @throws With one sentence for people, what cannot be opened. */
export async function openProcess(settings: Settings, clock?: Clock): Promise<Process> {
  // Counts for heaps that are made from here on. The limits of a `Worker` do not: the flag of the command line overrules them.
  setFlagsFromString(`--max-semi-space-size=${SEMI_SPACE_OF_THREADS}`);
  // Counts for every heap of the process, this thread's included, from its next collection on.
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
  const logger = createLogger(settings.logLevel);
  if (wantsTraces(process.env)) {
    const { startOtlpTracing } = await import('./platform/telemetry/otlp-tracing.js');
    useTracing(startOtlpTracing(logger, version));
  }
  const stores = await openStores(settings, catalogues, clock);
  if (stores.madeMasterKey) logger.warn('a master key was made in the data folder: back it up, apart from the data');
  const proofs = await startNotary(settings, stores, logger);
  const projector = await startProjector(settings, stores, logger);
  return {
    settings,
    logger,
    stores,
    projector,
    proofs,
    async close() {
      await proofs.notary.close();
      proofs.trees.close();
      await projector.close();
      await stores.close();
      await tracing
        ?.close()
        .catch((error: unknown) => logger.warn({ err: error }, 'the last traces could not be sent'));
    },
  };
}

/** A projector's thread of this process. Resolves when views can be read. */
export async function startProjector(
  { dataDir, servers }: Settings,
  { masterKey }: Stores,
  logger: Logger,
): Promise<ProjectorClient> {
  const projector = new ProjectorClient();
  projector.onStopped((view, { error, event }) =>
    logger.error({ view, event, err: error }, `view ${view} has stopped: it cannot fold an event`),
  );
  projector.onDied((error, retryInMs) =>
    logger.error({ err: error, retryInMs }, 'the projector has died and is started again'),
  );
  const workerData: StorePlaces = { dataDir, servers, masterKey };
  await projector.start(() => new Worker(new URL('./projector.thread.js', import.meta.url), { workerData }));
  return projector;
}

/** A notary's thread of this process, and what reads its trees. */
export async function startNotary(
  { dataDir, servers }: Settings,
  { store, vault }: Stores,
  logger: Logger,
): Promise<Proofs> {
  let seed = await currentSeed(store, vault);
  const notary = new NotaryClient(
    () => new Worker(new URL('./notary.thread.js', import.meta.url), { workerData: { dataDir, servers, seed } }),
  );
  notary.onDied((error) => logger.error({ err: error }, 'the notary has died and is started again'));
  notary.onBroken((organisations) =>
    logger.error(
      { organisations },
      'a signed checkpoint does not fit the log: events were altered after it was signed',
    ),
  );
  notary.onDamage((what) => logger.error({ what }, 'the log was altered: see docs/operations/witnesses.md'));
  notary.onKeyIntroduced(() => {
    currentSeed(store, vault).then(
      (newer) => notary.use((seed = newer)),
      (error: unknown) => logger.error({ err: error }, 'the newer signing key cannot be had: the older one goes on'),
    );
  });
  notary.start();
  return { notary, trees: openTreeReader(dataDir) };
}

/** One application instance, not listening yet. Its `Edge` ends it. */
export async function createApp(
  parts: AppParts,
): Promise<{ readonly app: NestFastifyApplication; readonly edge: Edge }> {
  const adapter = httpAdapter(parts.settings);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.of(parts), adapter, nestOptions(parts.logger));
  return { app, edge: setUpHttp(app, { version }) };
}

/** Listens, and answers the address. */
export async function listen(
  app: NestFastifyApplication,
  { host, port }: Pick<Settings, 'host' | 'port'>,
): Promise<string> {
  await app.listen({ host, port });
  const url = defaultPublicUrl(host, (app.getHttpServer().address() as AddressInfo).port);
  app.get(PublicUrl).listensAt(url);
  return url;
}

/**
 * Serves until SIGTERM or SIGINT, then returns: requests that are under way are answered, reactors and imports stop where
 * they can go on after the next start, and the stores are closed.
 */
export async function serve(settings: Settings): Promise<void> {
  const opened = await openProcess(settings);
  const { app, edge } = await createApp(opened);
  const url = await listen(app, settings);
  process.stdout.write(`listening on ${url}\n`);
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await edge.close(DRAIN_MS);
  await opened.close();
}
