import type { Feature } from '../../platform/feature.js';
import { NotificationList } from './notification-list.service.js';
import { NotificationMails } from './notification-mails.reactor.js';
import { NotificationOffers } from './notification-offers.service.js';
import { ChangeNotificationSettingsHandler, GetNotificationSettingsHandler } from './notification-settings.handlers.js';
import { NotificationSettingsKind } from './notification-settings.kind.js';
import { NotificationSight } from './notification-sight.service.js';
import {
  CountUnreadNotificationsHandler,
  ListNotificationsHandler,
  ReadAllNotificationsHandler,
  ReadNotificationHandler,
} from './notification.handlers.js';
import { NotificationsController, NotificationSettingsController } from './notifications.http.js';
import { NotificationsReactor } from './notifications.reactor.js';

/** For the room's module. */
export const notificationsFeature: Feature = {
  controllers: [NotificationsController, NotificationSettingsController],
  providers: [
    NotificationSight,
    NotificationOffers,
    NotificationList,
    NotificationsReactor,
    NotificationMails,
    NotificationSettingsKind,
    ListNotificationsHandler,
    CountUnreadNotificationsHandler,
    ReadNotificationHandler,
    ReadAllNotificationsHandler,
    GetNotificationSettingsHandler,
    ChangeNotificationSettingsHandler,
  ],
};
