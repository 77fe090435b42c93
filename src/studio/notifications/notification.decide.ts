import type { Decide } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import type { Notification, NotificationEvent } from './notification.js';

/** Somebody else's looks like none. */
export const readNotification: Decide<Notification, NotificationEvent> = (state, { userId }) => {
  if (state.status === 'absent' || state.userId !== userId || !state.inApp) throw notFound();
  return state.status === 'read' ? [] : [{ type: 'NotificationRead', data: {} }];
};
