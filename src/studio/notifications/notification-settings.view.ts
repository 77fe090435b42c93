import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import { isOn, settingOf } from './notification-kinds.js';
import type { NotificationSettingsChanged } from './notification-settings.js';

/** What somebody has switched on, to find those who want to be told. Keyed by organisation and person. */
export interface NotificationSettingsDoc {
  readonly organisation: string;
  readonly userId: string;
  /** `settingOf` what is on in the app or by mail. */
  readonly on: readonly string[];
}

export const notificationSettingsView: ViewDefinition<NotificationSettingsDoc, NotificationSettingsChanged> = {
  name: 'notification-settings',
  version: 1,
  events: ['NotificationSettingsChanged'],
  fields: { organisation: 'symbol', userId: 'text', on: 'texts' },
  sorts: { person: { field: 'userId', direction: 'asc' } },
  indexes: [['organisation', 'on']],
  keys: ({ metadata: { organisation = '' }, stream }) => [`${organisation}/${recordIdOf(stream)}`],
  fold(doc, { data: { userId, changes }, metadata: { organisation = '' } }) {
    const on = new Set(doc?.on);
    for (const { kind, brandId, to } of changes) {
      if (isOn(to)) on.add(settingOf(kind, brandId));
      else on.delete(settingOf(kind, brandId));
    }
    return { organisation, userId, on: [...on] };
  },
};
