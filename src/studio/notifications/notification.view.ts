import { recordIdOf } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { NotificationEvent } from './notification.js';
import type { RecordOf } from './notification-kinds.js';

/** A notification in its person's list; what its record is called is looked up when it is shown. Keyed by its id. */
export interface NotificationDoc {
  /** Organisation and person: `ownerOf`. */
  readonly owner: string;
  readonly kind: string;
  readonly record: RecordOf;
  readonly detail?: string;
  readonly at: Instant;
  readonly state: 'unread' | 'read';
  readonly readAt: Instant | null;
  readonly revision: number;
  /** Position of the first event: newest first means by this. */
  readonly created: string;
}

export const ownerOf = (organisation: string, userId: string): string => `${organisation}/${userId}`;

export const notificationsView: ViewDefinition<NotificationDoc, NotificationEvent> = {
  name: 'notifications',
  version: 1,
  events: ['NotificationMade', 'NotificationRead'],
  fields: { owner: 'text', state: 'text', created: 'text' },
  sorts: { newest: { field: 'created', direction: 'desc', unique: true } },
  indexes: [['owner', 'state'], ['owner']],
  keys: (event) => [recordIdOf(event.stream)],
  fold(doc, event) {
    const { revision } = event;
    switch (event.type) {
      case 'NotificationMade': {
        const { userId, kind, record, at, detail, inApp } = event.data;
        if (!inApp) return null;
        return {
          owner: ownerOf(organisationOf(event.stream), userId),
          kind,
          record,
          ...(detail === undefined ? {} : { detail }),
          at,
          state: 'unread',
          readAt: null,
          revision,
          created: event.position,
        };
      }
      case 'NotificationRead':
        return doc && { ...doc, state: 'read', readAt: event.recordedAt, revision };
    }
  },
};

/** Out of `notification-<organisation>/<id>`. */
export const organisationOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1, stream.indexOf('/'));
