import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Flag, OneOf, OptionalText, PageQuery, PatchOf, Text, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { TEMPLATE_KINDS, type TemplateKind } from './document-template.js';
import {
  ChangeDocumentTemplate,
  CreateDocumentTemplate,
  GetDocumentTemplate,
  ListDocumentTemplates,
} from './document-template.handlers.js';

const MAX_TEXT = 5000;

class TemplateContentDto {
  @Text({ max: 200 })
  name!: string;

  @OptionalText({ max: MAX_TEXT, multiline: true })
  headerText?: string;

  @OptionalText({ max: MAX_TEXT, multiline: true })
  footerText?: string;

  @OptionalText({ max: MAX_TEXT, multiline: true })
  terms?: string;

  @OptionalText({ max: 7, pattern: /^#[0-9a-fA-F]{6}$/, patternSays: 'a colour as #rrggbb' })
  accentColour?: string;
}

export class DocumentTemplateDto extends TemplateContentDto {
  @OneOf(TEMPLATE_KINDS, {
    optional: true,
    description: 'The documents that it is for, invoices by default; that does not change',
  })
  kind: TemplateKind = 'invoice';

  @Uuid({ optional: true, description: 'The brand that it is for; that does not change. None: documents of any brand' })
  brandId?: string;

  @Flag({ optional: true, description: 'In place of the one that was the default of this brand and kind' })
  default?: boolean;
}

export class EditDocumentTemplateDto extends PatchOf(TemplateContentDto) {
  @Flag({ optional: true, description: 'In place of the one that was the default of this brand and kind' })
  default?: boolean;

  @Flag({ optional: true, description: 'An archived template is chosen for no more documents' })
  archived?: boolean;
}

@Controller('v1/organisations/:org/document-templates')
export class DocumentTemplatesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('document-templates:edit')
  create(@Context() context: RequestContext, @Body() body: DocumentTemplateDto): Promise<CommandAnswer> {
    return this.commands.execute(new CreateDocumentTemplate(context, body));
  }

  @Get()
  @Requires('document-templates:read')
  list(@Context() context: RequestContext, @Query() query: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListDocumentTemplates(context, query));
  }

  @Get(':id')
  @Requires('document-templates:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetDocumentTemplate(context, id));
  }

  @Patch(':id')
  @Requires('document-templates:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditDocumentTemplateDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeDocumentTemplate(context, id, body));
  }
}
