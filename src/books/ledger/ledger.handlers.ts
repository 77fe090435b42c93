import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { RequestContext } from '../../platform/commands/principal.js';
import { type BegunExport, HledgerExport } from './hledger.export.service.js';

export class ExportLedger extends Query<BegunExport> {
  constructor(readonly context: RequestContext) {
    super();
  }
}

@QueryHandler(ExportLedger)
export class ExportLedgerHandler implements IQueryHandler<ExportLedger> {
  constructor(private readonly exports: HledgerExport) {}

  execute({ context }: ExportLedger): Promise<BegunExport> {
    return this.exports.begin(context);
  }
}
