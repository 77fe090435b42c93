import type { Feature } from '../../platform/feature.js';
import { ReadReportHandler } from './report.handlers.js';
import { ReportsController } from './report.http.js';
import { Reports } from './reports.service.js';
import { SalesReader } from './sales-reader.service.js';

/** For the room's module. */
export const reportsFeature: Feature = {
  controllers: [ReportsController],
  providers: [Reports, SalesReader, ReadReportHandler],
};
