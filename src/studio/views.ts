import { notificationSettingsView } from './notifications/notification-settings.view.js';
import { notificationsView } from './notifications/notification.view.js';
import { projectsView } from './projects/project.view.js';
import { tasksView } from './tasks/task.view.js';

/** Every view of this room. */
export const studioViews = [projectsView, tasksView, notificationsView, notificationSettingsView] as const;
