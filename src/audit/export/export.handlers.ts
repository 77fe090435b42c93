import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { RequestContext } from '../../platform/commands/principal.js';
import { type BegunExport, ExportService } from './export.service.js';
import type { Extent } from './trail-export.js';

export class ExportTrail extends Query<BegunExport> {
  constructor(
    readonly context: RequestContext,
    readonly extent: Extent,
    /** The approval that it is taken out by. */
    readonly approval: string | undefined,
  ) {
    super();
  }
}

@QueryHandler(ExportTrail)
export class ExportTrailHandler implements IQueryHandler<ExportTrail> {
  constructor(private readonly exports: ExportService) {}

  execute({ context, extent, approval }: ExportTrail): Promise<BegunExport> {
    return this.exports.begin(context, extent, approval);
  }
}
