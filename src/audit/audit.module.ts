import { type DynamicModule, Module } from '@nestjs/common';
import { EVIDENCE } from '../platform/commands/evidence.port.js';
import { EvidenceService } from './evidence/evidence.service.js';
import type { TrailCatalogue } from './trail/catalogue.js';
import { RecordsInSight } from './trail/records.service.js';
import { TrailFinder } from './trail/trail.finder.js';
import { SearchTrailHandler } from './trail/trail.handlers.js';
import { TrailController } from './trail/trail.http.js';
import { TrailPresenter } from './trail/trail.presenter.js';
import { TRAIL_CATALOGUE } from './trail/trail.tokens.js';

/** The trail, and the evidence of what was refused or read (`EVIDENCE`), for everybody. */
@Module({})
export class AuditModule {
  /** @param catalogue every type of event of every room, merged. */
  static of(catalogue: TrailCatalogue): DynamicModule {
    return {
      module: AuditModule,
      global: true,
      controllers: [TrailController],
      providers: [
        { provide: EVIDENCE, useClass: EvidenceService },
        { provide: TRAIL_CATALOGUE, useValue: catalogue },
        RecordsInSight,
        TrailFinder,
        TrailPresenter,
        SearchTrailHandler,
      ],
      exports: [EVIDENCE],
    };
  }
}
