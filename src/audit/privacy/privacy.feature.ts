import type { Feature } from '../../platform/feature.js';
import { ExportContent } from './export.content.js';
import { ExportFiles } from './export.files.js';
import { ExportLinks } from './export.links.js';
import { ExportMaker } from './export.maker.js';
import {
  ApproveDataExportHandler,
  ApproveErasureHandler,
  ChangePrivacyHandler,
  LiftRestrictionHandler,
  OrderDataExportHandler,
  OrderErasureHandler,
  PlaceLegalHoldHandler,
  PlaceRestrictionHandler,
} from './privacy.handlers.js';
import { PrivacyController, PrivacyLinksController } from './privacy.http.js';
import { PrivacyKinds, privacyRequestKind } from './privacy.kinds.js';
import {
  GetDataExportHandler,
  GetErasureHandler,
  GetPrivacyRequestHandler,
  GetPrivacySettingsHandler,
  ListPrivacyRequestsHandler,
  ListRegisterHandler,
  ListSubjectsHandler,
  ReadDataExportHandler,
} from './privacy.queries.js';
import { PrivacyExports, PrivacyUpkeep } from './privacy.reactors.js';
import { PrivacyWork } from './privacy.work.js';
import { ChangePrivacyRequestHandler, ReceivePrivacyRequestHandler } from './request.handlers.js';
import { PrivacyRequestsController } from './request.http.js';
import { RetentionSweeper } from './retention.sweeper.js';
import { Subjects } from './subjects.service.js';

/** For the room's module. */
export const privacyFeature: Feature = {
  controllers: [PrivacyController, PrivacyRequestsController, PrivacyLinksController],
  providers: [
    privacyRequestKind,
    PrivacyKinds,
    Subjects,
    PrivacyWork,
    PrivacyUpkeep,
    PrivacyExports,
    RetentionSweeper,
    ExportContent,
    ExportFiles,
    ExportLinks,
    ExportMaker,
    ChangePrivacyHandler,
    PlaceLegalHoldHandler,
    PlaceRestrictionHandler,
    LiftRestrictionHandler,
    OrderErasureHandler,
    ApproveErasureHandler,
    OrderDataExportHandler,
    ApproveDataExportHandler,
    ReceivePrivacyRequestHandler,
    ChangePrivacyRequestHandler,
    ListSubjectsHandler,
    GetPrivacySettingsHandler,
    ListRegisterHandler,
    GetErasureHandler,
    GetDataExportHandler,
    ReadDataExportHandler,
    ListPrivacyRequestsHandler,
    GetPrivacyRequestHandler,
  ],
};
