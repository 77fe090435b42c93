import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Requires } from '../../platform/http/route.js';
import { CreateCreditNote, IssueCreditNote, VoidCreditNote } from './credit-note.handlers.js';
import { CreditNoteDto, DocumentsQuery, VoidDto } from './document.dto.js';
import { GetDocument, ListDocuments } from './document.queries.js';

@Controller('v1/organisations/:org/credit-notes')
export class CreditNotesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('credit-notes:create')
  create(@Context() context: RequestContext, @Body() body: CreditNoteDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateCreditNote(context, body));
  }

  @Get()
  @Requires('credit-notes:read')
  list(@Context() context: RequestContext, @Query() query: DocumentsQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListDocuments(context, 'credit-note', query));
  }

  @Get(':id')
  @Requires('credit-notes:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetDocument(context, 'credit-note', id));
  }

  @Post(':id/issue')
  @HttpCode(200)
  @Requires('credit-notes:issue')
  issue(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new IssueCreditNote(context, id));
  }

  @Post(':id/void')
  @HttpCode(200)
  @Requires('credit-notes:void')
  void(@Context() context: RequestContext, @Param('id') id: string, @Body() body: VoidDto): Promise<CommandAnswer> {
    return this.commands.execute(new VoidCreditNote(context, id, body.reason));
  }
}
