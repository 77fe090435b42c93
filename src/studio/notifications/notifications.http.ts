import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from '../../platform/commands/principal.js';
import { Context } from '../../platform/http/context.js';
import { Flag, ListOf, PageQuery, Text, Uuid } from '../../platform/http/fields.js';
import { Requires } from '../../platform/http/route.js';
import { ChangeNotificationSettings, GetNotificationSettings } from './notification-settings.handlers.js';
import {
  CountUnreadNotifications,
  ListNotifications,
  ReadAllNotifications,
  ReadNotification,
} from './notification.handlers.js';

export class NotificationsQuery extends PageQuery {
  @Flag({ optional: true, description: 'true: unread ones only; false: read ones only' })
  unread?: boolean;
}

export class NotificationSettingDto {
  @Text({ max: 50, description: 'A kind of notification, as the settings list them' })
  kind!: string;

  @Uuid({ optional: true, nullable: true, description: 'null: records without a brand' })
  brandId?: string | null;

  @Flag()
  inApp!: boolean;

  @Flag()
  mail!: boolean;
}

export class NotificationSettingsDto {
  @ListOf(NotificationSettingDto, { max: 5000, description: 'What is left out stays as it is' })
  items!: NotificationSettingDto[];
}

@Controller('v1/organisations/:org/notifications')
export class NotificationsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Requires('own')
  list(
    @Context() context: RequestContext,
    @Query() { unread, limit, after }: NotificationsQuery,
  ): Promise<QueryAnswer> {
    const state = unread === undefined ? undefined : unread ? 'unread' : 'read';
    return this.queries.execute(new ListNotifications(context, { state, limit, after }));
  }

  @Get('unread-count')
  @Requires('own')
  countUnread(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new CountUnreadNotifications(context));
  }

  @Post('read-all')
  @HttpCode(200)
  @Requires('own')
  readAll(@Context() context: RequestContext): Promise<CommandAnswer> {
    return this.commands.execute(new ReadAllNotifications(context));
  }

  @Post(':id/read')
  @HttpCode(200)
  @Requires('own')
  read(@Context() context: RequestContext, @Param('id') id: string): Promise<CommandAnswer> {
    return this.commands.execute(new ReadNotification(context, id));
  }
}

@Controller('v1/organisations/:org/notification-settings')
export class NotificationSettingsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @Requires('own')
  get(@Context() context: RequestContext): Promise<QueryAnswer> {
    return this.queries.execute(new GetNotificationSettings(context));
  }

  @Put()
  @HttpCode(200)
  @Requires('own')
  change(@Context() context: RequestContext, @Body() { items }: NotificationSettingsDto): Promise<CommandAnswer> {
    return this.commands.execute(new ChangeNotificationSettings(context, items));
  }
}
