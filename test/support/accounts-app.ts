import 'reflect-metadata';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountsFeature } from '../../src/access/accounts/accounts.feature.js';
import { PRIMARY_CHECK } from '../../src/access/accounts/primary-check.port.js';
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
import { ReactorModule } from '../../src/platform/reactor/reactor.module.js';
import type { ReadModel } from '../../src/platform/read-model/read-model.port.js';
import { openStores, StoresModule } from '../../src/platform/stores/stores.module.js';
import { createLogger } from '../../src/platform/telemetry/logger.js';
import { TelemetryModule } from '../../src/platform/telemetry/telemetry.module.js';
import { Client } from './client.js';

/** Accounts and sessions behind the real edge, over a views store that is always behind. */
export interface AccountsApp {
  readonly client: Client;
  readonly outbox: string;
  /** Organisations whose Primary somebody is. */
  readonly primaries: Map<string, readonly string[]>;
  close(): Promise<void>;
}

export async function startAccountsApp(): Promise<AccountsApp> {
  const folder = await mkdtemp(join(tmpdir(), 'accounts-app-'));
  const settings = readSettings({ DATA_DIR: folder, LOG_LEVEL: 'silent', PUBLIC_URL: 'https://books.example' });
  const logger = createLogger('silent');
  const stores = await openStores(settings, [accessEvents]);
  const readModel = { get: () => Promise.resolve({ value: null, position: undefined }) } as unknown as ReadModel;
  const primaries = new Map<string, readonly string[]>();

  @Global()
  @Module({
    controllers: [...accountsFeature.controllers, ...sessionsFeature.controllers],
    providers: [
      ...accountsFeature.providers,
      ...sessionsFeature.providers,
      { provide: AUTHORISER, useClass: AuthoriserService },
      { provide: PRIMARY_CHECK, useValue: { primaryOf: async (userId: string) => primaries.get(userId) ?? [] } },
      { provide: EVIDENCE, useValue: { refused: () => Promise.resolve(), read: () => Promise.resolve() } },
      { provide: KNOWN_PERMISSIONS, useValue: new Set() },
      { provide: VIEW_GAUGE, useValue: { waitFor: () => Promise.resolve(true) } },
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
  return {
    client: new Client(`http://127.0.0.1:${port}`),
    outbox: join(folder, 'outbox'),
    primaries,
    close: async () => {
      await app.close();
      await stores.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
