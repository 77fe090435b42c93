import { type DynamicModule, Module } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { AuditModule } from './audit/audit.module.js';
import { BooksModule } from './books/books.module.js';
import { catalogue } from './catalogues.js';
import { HealthModule } from './health.module.js';
import { CommandsModule } from './platform/commands/commands.module.js';
import { ConfigModule } from './platform/config/config.module.js';
import type { Settings } from './platform/config/settings.js';
import { HttpModule } from './platform/http/http.module.js';
import { MailModule } from './platform/mail/mail.module.js';
import { ProjectorModule } from './platform/projector/projector.module.js';
import type { ProjectorClient } from './platform/projector/projector-client.js';
import { type Proofs, ProofsModule } from './platform/proofs/proofs.module.js';
import { ReactorModule } from './platform/reactor/reactor.module.js';
import { type Stores, StoresModule } from './platform/stores/stores.module.js';
import type { Logger } from './platform/telemetry/logger.js';
import { TelemetryModule } from './platform/telemetry/telemetry.module.js';
import { StudioModule } from './studio/studio.module.js';

export interface AppParts {
  readonly settings: Settings;
  readonly stores: Stores;
  readonly projector: ProjectorClient;
  readonly proofs: Proofs;
  readonly logger: Logger;
  /** `false` where another instance over the same stores runs the reactors. */
  readonly runReactors?: boolean;
}

/** One application instance over opened stores. */
@Module({})
export class AppModule {
  static of({ settings, stores, projector, proofs, logger, runReactors = true }: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.of(settings),
        TelemetryModule.of(logger),
        StoresModule.of(stores),
        ProjectorModule.of(projector),
        ReactorModule.of(runReactors),
        ProofsModule.of(proofs),
        MailModule,
        CommandsModule,
        HttpModule,
        AccessModule,
        BooksModule,
        StudioModule,
        AuditModule.of(catalogue),
        HealthModule,
      ],
    };
  }
}
