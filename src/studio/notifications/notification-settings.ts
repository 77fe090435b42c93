import type { EventCatalogue, FieldChange } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import { type Channels, NOTIFICATION_KINDS, type RecordOf, settingOf } from './notification-kinds.js';

/** One setting as it was and is. `brandId` is absent for records without a brand. */
export interface SettingChange {
  readonly kind: string;
  readonly brandId?: string;
  readonly from: Channels;
  readonly to: Channels;
}

export type NotificationSettingsChanged = DomainEvent<
  'NotificationSettingsChanged',
  { readonly userId: string; readonly changes: readonly SettingChange[] }
>;

/** What somebody has said, by `settingOf`; the rest is as the kinds have it by default. */
export type NotificationSettings = ReadonlyMap<string, Channels>;

export function channelsText({ inApp, mail }: Channels): string {
  if (inApp) return mail ? 'in the app and by mail' : 'in the app';
  return mail ? 'by mail' : 'off';
}

const nameOf = ({ kind, brandId }: SettingChange): string => {
  const { label = kind, branded = false } = NOTIFICATION_KINDS.get(kind) ?? {};
  return branded ? `${label} (${brandId === undefined ? 'no brand' : `brand ${brandId}`})` : label;
};

const told = (change: SettingChange): FieldChange => ({
  field: nameOf(change),
  from: channelsText(change.from),
  to: channelsText(change.to),
});

function summary({ changes }: NotificationSettingsChanged['data']): string {
  const [only, ...more] = changes.map(told);
  if (only === undefined || more.length > 0) return `changed ${changes.length} of their notification settings`;
  return `changed a notification setting: ${only.field}: ${String(only.from)} -> ${String(only.to)}`;
}

const events: EventCatalogue<NotificationSettingsChanged> = {
  NotificationSettingsChanged: {
    schemaVersion: 1,
    summary,
    changes: ({ changes }) => changes.map(told),
    record: ({ stream }: Recorded<NotificationSettingsChanged>): RecordOf => ({
      kind: 'notification-settings',
      id: recordIdOf(stream),
    }),
    subjects: ({ userId }) => [userId],
  },
};

/**
 * What one person wants to be told of in one organisation. Stream `notification-settings-<organisation>/<user>`. Everybody
 * has settings, the defaults to begin with.
 */
export const notificationSettings: Aggregate<NotificationSettings, NotificationSettingsChanged> = {
  name: 'notification-settings',
  within: 'organisation',
  events,
  readsPersonalFields: false,
  initial: () => new Map(),
  evolve: (state, { data: { changes } }) =>
    new Map([...state, ...changes.map(({ kind, brandId, to }) => [settingOf(kind, brandId), to] as const)]),
  exists: () => true,
  facts: () => ({}),
};
