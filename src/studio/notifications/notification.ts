import type { EventCatalogue } from '../../kernel/catalogue.js';
import { type Aggregate, recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent, Instant, Recorded } from '../../kernel/event.js';
import { type Channels, NOTIFICATION_KINDS, type RecordOf } from './notification-kinds.js';

/** Somebody is told of an event. Who may read it is asked when it is made, when it is mailed, and each time it is shown. */
export type NotificationMade = DomainEvent<
  'NotificationMade',
  Channels & {
    readonly userId: string;
    readonly kind: string;
    readonly record: RecordOf;
    /** The event that gave reason for it, and when that was recorded. */
    readonly eventId: string;
    readonly at: Instant;
    readonly detail?: string;
  }
>;
export type NotificationRead = DomainEvent<'NotificationRead', Record<string, never>>;
export type NotificationEvent = NotificationMade | NotificationRead;

export type Notification =
  | { readonly status: 'absent' }
  | {
      readonly status: 'unread' | 'read';
      readonly userId: string;
      readonly kind: string;
      readonly record: RecordOf;
      readonly inApp: boolean;
    };

const record = ({ stream }: Recorded<NotificationEvent>): RecordOf => ({
  kind: 'notification',
  id: recordIdOf(stream),
});

const events: EventCatalogue<NotificationEvent> = {
  NotificationMade: {
    schemaVersion: 1,
    summary: ({ kind }) => `told a person of the kind "${NOTIFICATION_KINDS.get(kind)?.label ?? kind}"`,
    changes: () => [],
    record,
    subjects: ({ userId }) => [userId],
  },
  NotificationRead: { schemaVersion: 1, summary: () => 'read a notification', changes: () => [], record },
};

/** A notification is found by its organisation and id. */
export const notificationKey = (organisation: string, id: string): string => `${organisation}/${id}`;

/**
 * What one person is told of one event. Stream `notification-<organisation>/<id>`, the id derived from event, kind and
 * person, so that it is made once, however often it is tried. What people are told and read is their own, as their sessions
 * are: it names no organisation in its metadata and so stands in no trail, where the event itself does.
 */
export const notifications: Aggregate<Notification, NotificationEvent> = {
  name: 'notification',
  within: 'nothing',
  events,
  readsPersonalFields: false,
  initial: () => ({ status: 'absent' }),
  evolve(state, event) {
    switch (event.type) {
      case 'NotificationMade': {
        const { userId, kind, record: about, inApp } = event.data;
        return { status: 'unread', userId, kind, record: about, inApp };
      }
      case 'NotificationRead':
        return state.status === 'absent' ? state : { ...state, status: 'read' };
    }
  },
  exists: ({ status }) => status !== 'absent',
  facts: (state) => (state.status === 'absent' ? {} : { createdBy: state.userId }),
};
