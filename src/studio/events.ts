import { notificationSettings } from './notifications/notification-settings.js';
import { notifications } from './notifications/notification.js';
import { projects } from './projects/project.js';
import { tasks } from './tasks/task.js';

/** Every type of event of this room. */
export const studioEvents = {
  ...projects.events,
  ...tasks.events,
  ...notifications.events,
  ...notificationSettings.events,
};
