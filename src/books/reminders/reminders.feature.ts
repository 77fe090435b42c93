import type { Feature } from '../../platform/feature.js';
import { GetRemindersHandler, SetRemindersHandler } from './reminder.handlers.js';
import { RemindersController } from './reminder.http.js';
import { ReminderLetters } from './reminder.letters.service.js';
import { ReminderRoutine } from './reminder.routine.js';

/** For the room's module: reminders of overdue invoices. */
export const remindersFeature: Feature = {
  controllers: [RemindersController],
  providers: [GetRemindersHandler, SetRemindersHandler, ReminderRoutine, ReminderLetters],
};
