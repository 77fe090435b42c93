import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { RequestContext } from '../../platform/commands/principal.js';
import { type BegunExport, type ExportOptions, ExportService } from './export.service.js';

export class ExportTrail extends Query<BegunExport> {
  constructor(
    readonly context: RequestContext,
    readonly options: ExportOptions,
  ) {
    super();
  }
}

@QueryHandler(ExportTrail)
export class ExportTrailHandler implements IQueryHandler<ExportTrail> {
  constructor(private readonly exports: ExportService) {}

  execute({ context, options }: ExportTrail): Promise<BegunExport> {
    return this.exports.begin(context, options);
  }
}
