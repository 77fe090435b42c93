import 'reflect-metadata';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountsFeature } from '../../src/access/accounts/accounts.feature.js';
import { PRIMARY_CHECK } from '../../src/access/accounts/primary-check.port.js';
import { AssignmentsService } from '../../src/access/assignments/assignments.service.js';
import { PROJECTS } from '../../src/access/assignments/projects.js';
import { AuthoriserService } from '../../src/access/authoriser/authoriser.service.js';
import { accessEvents } from '../../src/access/events.js';
import { sessionsFeature } from '../../src/access/sessions/sessions.feature.js';
import { CommandsModule } from '../../src/platform/commands/commands.module.js';
import { EVIDENCE } from '../../src/platform/commands/evidence.port.js';
import { AUTHORISER } from '../../src/platform/commands/principal.js';
import { ConfigModule } from '../../src/platform/config/config.module.js';
import { readSettings } from '../../src/platform/config/settings.js';
import { AUTHENTICATOR } from '../../src/platform/http/authenticator.port.js';
import { HttpModule } from '../../src/platform/http/http.module.js';
import { KNOWN_PERMISSIONS } from '../../src/platform/http/route.js';
import { httpAdapter, nestOptions, setUpHttp } from '../../src/platform/http/set-up.js';
import { VIEW_GAUGE } from '../../src/platform/http/view-gauge.port.js';
import { MailModule } from '../../src/platform/mail/mail.module.js';
import { ErasureTraces } from '../../src/platform/privacy/erasure-traces.js';
import { ReactorModule } from '../../src/platform/reactor/reactor.module.js';
import type { ReadModel } from '../../src/platform/read-model/read-model.port.js';
import { openStores, type Stores, StoresModule } from '../../src/platform/stores/stores.module.js';
import { createLogger } from '../../src/platform/telemetry/logger.js';
import { TelemetryModule } from '../../src/platform/telemetry/telemetry.module.js';
import { Client } from './client.js';

/** Accounts and sessions behind the real edge, over a views store that is always behind. */
export interface AccountsApp {
  readonly client: Client;
  readonly outbox: string;
  /** Organisations whose Primary somebody is. */
  readonly primaries: Map<string, readonly string[]>;
  readonly stores: Stores;
  /** Mails to an address whose text matches, in no order, as soon as there are so many. */
  mailsTo(email: string, pattern: RegExp, count?: number): Promise<readonly RegExpExecArray[]>;
  close(): Promise<void>;
}

/** @param clock milliseconds since 1970; limits go by the machine's own clock all the same */
export async function startAccountsApp(clock: () => number = Date.now): Promise<AccountsApp> {
  const folder = await mkdtemp(join(tmpdir(), 'accounts-app-'));
  const settings = readSettings({ DATA_DIR: folder, LOG_LEVEL: 'silent', PUBLIC_URL: 'https://books.example' });
  const logger = createLogger('silent');
  const stores = await openStores(settings, [accessEvents], clock);
  const readModel = { get: () => Promise.resolve({ value: null, position: undefined }) } as unknown as ReadModel;
  const primaries = new Map<string, readonly string[]>();

  @Global()
  @Module({
    controllers: [...accountsFeature.controllers, ...sessionsFeature.controllers],
    providers: [
      ...accountsFeature.providers,
      ...sessionsFeature.providers,
      { provide: AUTHORISER, useClass: AuthoriserService },
      AssignmentsService,
      { provide: PROJECTS, useValue: { find: () => undefined } },
      { provide: PRIMARY_CHECK, useValue: { primaryOf: async (userId: string) => primaries.get(userId) ?? [] } },
      { provide: EVIDENCE, useValue: { refused: () => Promise.resolve(), read: () => Promise.resolve() } },
      { provide: KNOWN_PERMISSIONS, useValue: new Set() },
      { provide: VIEW_GAUGE, useValue: { waitFor: () => Promise.resolve(true) } },
      { provide: ErasureTraces, useValue: { forgetMailsTo: async () => 0, scrubViews: async () => undefined } },
    ],
    exports: [AUTHORISER, AUTHENTICATOR, EVIDENCE, VIEW_GAUGE],
  })
  class AccountsAppModule {}

  @Module({
    imports: [
      ConfigModule.of(settings),
      TelemetryModule.of(logger),
      StoresModule.of({ ...stores, readModel }),
      ReactorModule.of(true),
      MailModule,
      CommandsModule,
      HttpModule,
      AccountsAppModule,
    ],
  })
  class RootModule {}

  const app = await NestFactory.create<NestFastifyApplication>(RootModule, httpAdapter(settings), nestOptions(logger));
  setUpHttp(app, { version: '0.0.0' });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.getHttpServer().address() as AddressInfo;
  const outbox = join(folder, 'outbox');
  return {
    client: new Client(`http://127.0.0.1:${port}`),
    outbox,
    primaries,
    stores,
    mailsTo: (email, pattern, count = 1) => mailsIn(outbox, email, pattern, count),
    close: async () => {
      await app.close();
      await stores.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function mailsIn(outbox: string, email: string, pattern: RegExp, count: number): Promise<RegExpExecArray[]> {
  for (let waited = 0; waited < 10_000; waited += 20) {
    const found: RegExpExecArray[] = [];
    for (const name of await readdir(outbox).catch(() => [])) {
      // A mail gets this name when it is complete.
      if (!name.endsWith('.eml') || name.startsWith('.')) continue;
      const text = await readFile(join(outbox, name), 'utf8').catch(() => '');
      const match = text.toLowerCase().includes(`to: ${email.toLowerCase()}`) ? pattern.exec(text) : null;
      if (match !== null) found.push(match);
    }
    if (found.length >= count) return found;
    await sleep(20);
  }
  throw new Error(`not ${count} mails to ${email} that match ${pattern}`);
}
