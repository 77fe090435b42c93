import { type DynamicModule, Module } from '@nestjs/common';
import { EVIDENCE } from '../platform/commands/evidence.port.js';
import { ReadActivityHandler } from './activity/activity.handlers.js';
import { ActivityController } from './activity/activity.http.js';
import { EvidenceService } from './evidence/evidence.service.js';
import { BundleWriter } from './export/bundle.writer.js';
import { CsvWriter } from './export/csv.writer.js';
import { ExportTrailHandler } from './export/export.handlers.js';
import { ExportController } from './export/export.http.js';
import { ExportService } from './export/export.service.js';
import {
  ApproveTrailExportHandler,
  DeclineTrailExportHandler,
  GetTrailExportHandler,
  ListTrailExportsHandler,
  RequestTrailExportHandler,
} from './export/trail-export.handlers.js';
import { TrailExportsController } from './export/trail-export.http.js';
import { TrailExportApprovals } from './export/trail-exports.service.js';
import { privacyFeature } from './privacy/privacy.feature.js';
import { CheckpointMails } from './proofs/checkpoint-mails.reactor.js';
import { ListCheckpointsHandler, ProveConsistencyHandler, ProveInclusionHandler } from './proofs/proofs.handlers.js';
import { ProofsController } from './proofs/proofs.http.js';
import { PastRecords } from './records/past-records.service.js';
import { CompareRecordHandler, ReadRecordHandler, ReadRecordHistoryHandler } from './records/records.handlers.js';
import { RecordsController } from './records/records.http.js';
import { ReplayController } from './replay/replay.http.js';
import { ReplayService } from './replay/replay.service.js';
import { TrailFeed } from './replay/trail.feed.js';
import { TrailLeaves } from './replay/trail.leaves.js';
import type { TrailCatalogue } from './trail/catalogue.js';
import { RecordsInSight } from './trail/records.service.js';
import { TrailFinder } from './trail/trail.finder.js';
import { ExplainEventHandler, SearchTrailHandler } from './trail/trail.handlers.js';
import { TrailController } from './trail/trail.http.js';
import { TrailPresenter } from './trail/trail.presenter.js';
import { TRAIL_CATALOGUE } from './trail/trail.tokens.js';
import { webhooksFeature } from './webhooks/webhooks.feature.js';

/** The trail, and the evidence of what was refused or read (`EVIDENCE`), for everybody. */
@Module({})
export class AuditModule {
  /** @param catalogue every type of event of every room, merged. */
  static of(catalogue: TrailCatalogue): DynamicModule {
    return {
      module: AuditModule,
      global: true,
      controllers: [
        ActivityController,
        ExportController,
        ProofsController,
        RecordsController,
        ReplayController,
        TrailController,
        TrailExportsController,
        ...privacyFeature.controllers,
        ...webhooksFeature.controllers,
      ],
      providers: [
        { provide: EVIDENCE, useClass: EvidenceService },
        { provide: TRAIL_CATALOGUE, useValue: catalogue },
        RecordsInSight,
        TrailFinder,
        TrailPresenter,
        SearchTrailHandler,
        ExplainEventHandler,
        TrailFeed,
        TrailLeaves,
        ReplayService,
        PastRecords,
        ReadRecordHandler,
        ReadRecordHistoryHandler,
        CompareRecordHandler,
        ReadActivityHandler,
        BundleWriter,
        CheckpointMails,
        CsvWriter,
        ExportService,
        ExportTrailHandler,
        TrailExportApprovals,
        RequestTrailExportHandler,
        ApproveTrailExportHandler,
        DeclineTrailExportHandler,
        ListTrailExportsHandler,
        GetTrailExportHandler,
        ListCheckpointsHandler,
        ProveInclusionHandler,
        ProveConsistencyHandler,
        ...privacyFeature.providers,
        ...webhooksFeature.providers,
      ],
      exports: [EVIDENCE],
    };
  }
}
