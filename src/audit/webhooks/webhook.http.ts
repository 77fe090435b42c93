import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiCreatedResponse, ApiOkResponse, ApiProperty } from '@nestjs/swagger';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { ListOf, OptionalText, PageQuery, PatchOf, Text, text } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import {
  CreateWebhook,
  DeleteWebhook,
  EditWebhook,
  GetWebhook,
  ListDeadLetters,
  ListWebhooks,
  PauseWebhook,
  ReplayWebhook,
  ResumeWebhook,
  RetryDeadLetter,
  RotateWebhookSecret,
} from './webhook.handlers.js';

export class WebhookDto {
  @Text({
    max: 2000,
    description:
      'Where entries of the trail go by POST, each signed as Standard Webhooks has it. https, on the public internet; it stands in the trail, so put no secret into it',
  })
  url!: string;

  @ListOf(text({ max: 100, pattern: /^[A-Za-z]+$/, patternSays: 'the name of a type of event' }), {
    min: 1,
    max: 200,
    optional: true,
    description: 'Types of events, such as InvoiceIssued; all that its maker may see by default',
  })
  types?: string[];

  @OptionalText({ max: 200, description: 'What it is for' })
  description?: string;
}

export class EditWebhookDto extends PatchOf(WebhookDto) {}

export class ReplayDto {
  @Text({
    max: 4096,
    description:
      'An instant: what was recorded at it or later is sent again; or the position of an entry of the trail: what came behind it',
  })
  from!: string;
}

export class WebhookSecret {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ description: '`whsec_` and base64: the key of the signatures. Shown this once' })
  secret!: string;

  @ApiProperty()
  revision!: number;

  @ApiProperty({ description: 'For Countersign-At-Least of a later query' })
  position!: string;
}

export class LetterRetried {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  delivered!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Why it was not' })
  error!: string | null;

  @ApiProperty()
  revision!: number;

  @ApiProperty({ description: 'For Countersign-At-Least of a later query' })
  position!: string;
}

@Controller('v1/organisations/:org/webhooks')
export class WebhooksController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('webhooks:edit', { secret: true })
  @ApiCreatedResponse({ type: WebhookSecret })
  create(@Context() context: RequestContext, @Body() { url, types, description }: WebhookDto): Promise<CommandAnswer> {
    const settings = { url, ...(types && { types }), ...(description !== undefined && { description }) };
    return this.commands.execute(new CreateWebhook(context, settings));
  }

  @Get()
  @Requires('webhooks:read')
  list(@Context() context: RequestContext, @Query() page: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListWebhooks(context, page));
  }

  @Get(':id')
  @Requires('webhooks:read')
  get(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new GetWebhook(context, id));
  }

  @Patch(':id')
  @Requires('webhooks:edit')
  edit(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() body: EditWebhookDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new EditWebhook(context, id, body));
  }

  @Delete(':id')
  @HttpCode(200)
  @Requires('webhooks:edit')
  remove(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new DeleteWebhook(context, id));
  }

  @Post(':id/rotate-secret')
  @HttpCode(200)
  @Requires('webhooks:edit', { secret: true })
  @ApiOkResponse({ type: WebhookSecret })
  rotate(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new RotateWebhookSecret(context, id));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @Requires('webhooks:edit')
  pause(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new PauseWebhook(context, id));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @Requires('webhooks:edit')
  resume(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ResumeWebhook(context, id));
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Requires('webhooks:edit')
  replay(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Body() { from }: ReplayDto,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new ReplayWebhook(context, id, from));
  }

  @Get(':id/dead-letters')
  @Requires('webhooks:read')
  letters(@Context() context: RequestContext, @Param('id') id: string, @Query() page: PageQuery): Promise<QueryAnswer> {
    return this.queries.execute(new ListDeadLetters(context, id, page));
  }

  @Post(':id/dead-letters/:letter/retry')
  @HttpCode(200)
  @Requires('webhooks:edit')
  @ApiOkResponse({ type: LetterRetried })
  retry(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Param('letter') letter: string,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new RetryDeadLetter(context, id, letter));
  }
}
