import { Readable } from 'node:stream';
import { Controller, Get, Header, Headers, HttpCode, Param, Post, Query, StreamableFile } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context, Upload } from '../../platform/http/context.js';
import { OptionalText } from '../../platform/http/fields.js';
import { Requires, Streams } from '../../platform/http/route.js';
import {
  AddAttachment,
  ListAttachments,
  type OpenedFile,
  ReadAttachment,
  RemoveAttachment,
} from './attachment.handlers.js';
import { savedAs } from './file-name.js';

export class AttachmentQuery {
  @OptionalText({ max: 1000, min: 0, description: 'What the file is called' })
  filename: string = '';
}

/** Files with purchases: the bill as it came. */
@Controller('v1/organisations/:org/purchases/:id/attachments')
export class AttachmentsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Requires('purchases:edit')
  @Streams('application/pdf', 'image/jpeg', 'image/png', 'image/webp')
  add(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Query() { filename }: AttachmentQuery,
    @Headers('content-type') contentType: string,
    @Upload() upload: Readable,
  ): Promise<CommandAnswer> {
    const type = contentType.split(';')[0]!.trim().toLowerCase();
    return this.commands.execute(new AddAttachment(context, id, { name: filename, type, upload }));
  }

  @Get()
  @Requires('purchases:read')
  list(@Context() context: RequestContext, @Param('id') id: string): Promise<QueryAnswer> {
    return this.queries.execute(new ListAttachments(context, id));
  }

  /** As a download only: whatever is in it, no browser opens it here, or takes it for something else. */
  @Get(':attachment')
  @Requires('purchases:read')
  @Header('x-content-type-options', 'nosniff')
  @Header('content-security-policy', "default-src 'none'; sandbox")
  @Header('cross-origin-resource-policy', 'same-origin')
  async get(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Param('attachment') attachment: string,
  ): Promise<StreamableFile> {
    const query = new ReadAttachment(context, id, attachment);
    const { body } = await this.queries.execute<ReadAttachment, QueryAnswer<OpenedFile>>(query);
    const { name, type, bytes, content } = body;
    return new StreamableFile(Readable.from(content), { type, disposition: savedAs(name), length: bytes });
  }

  @Post(':attachment/remove')
  @HttpCode(200)
  @Requires('purchases:edit')
  remove(
    @Context() context: RequestContext,
    @Param('id') id: string,
    @Param('attachment') attachment: string,
  ): Promise<CommandAnswer> {
    return this.commands.execute(new RemoveAttachment(context, id, attachment));
  }
}
