import { given, recorded } from '../../../test/support/specification.js';
import { readNotification } from './notification.decide.js';
import { type NotificationEvent, type NotificationMade, notifications } from './notification.js';
import { type NotificationDoc, notificationsView } from './notification.view.js';

const made: NotificationMade = {
  type: 'NotificationMade',
  data: {
    userId: 'o1/n1',
    kind: 'invoice-issued',
    record: { kind: 'invoice', id: 'i1' },
    eventId: 'e1',
    at: '2026-02-28T10:00:00.000Z',
    detail: 'in full',
    inApp: true,
    mail: false,
  },
};
const read: NotificationEvent = { type: 'NotificationRead', data: {} };
const notification = (...events: readonly NotificationEvent[]) => given(notifications, 'o1/n1', ...events);
const of = (data: Partial<NotificationMade['data']>): NotificationMade => ({
  ...made,
  data: { ...made.data, ...data },
});

// The specification's person has the name of the stream.
describe('reading a notification', () => {
  it('marks it', () => notification(made).when(readNotification).then(read));
  it('does nothing the second time', () => notification(made, read).when(readNotification).then());
  it("is refused for somebody else's", () =>
    notification(of({ userId: 'bob' }))
      .when(readNotification)
      .thenRefused('not-found'));
  it('is refused for one that went by mail only', () =>
    notification(of({ inApp: false, mail: true }))
      .when(readNotification)
      .thenRefused('not-found'));
  it('is refused for none', () => notification().when(readNotification).thenRefused('not-found'));
});

describe('the notifications view', () => {
  const doc: NotificationDoc = {
    owner: 'o1/ann',
    kind: 'invoice-issued',
    record: { kind: 'invoice', id: 'i1' },
    detail: 'in full',
    at: '2026-02-28T10:00:00.000Z',
    state: 'unread',
    readAt: null,
    revision: 0,
    created: '00000000',
  };
  const { detail: _, ...plain } = doc;
  const without = of({ userId: 'ann' }).data;
  const { detail: __, ...bare } = without;

  it.each<[string, NotificationDoc | null, NotificationEvent, NotificationDoc | null]>([
    ['NotificationMade', null, of({ userId: 'ann' }), doc],
    ['NotificationMade without more to say', null, { type: 'NotificationMade', data: bare }, plain],
    ['NotificationMade for a mail only', null, of({ inApp: false, mail: true }), null],
    ['NotificationRead', doc, read, { ...doc, state: 'read', readAt: '2026-03-01T09:00:00.000Z', revision: 1 }],
    ['NotificationRead of one that is not shown', null, read, null],
  ])('%s', (_name, before, event, after) => {
    const stored = recorded('notification-o1/n1', event.type === 'NotificationMade' ? 0 : 1, event);
    expect(notificationsView.fold(before, stored, 'n1')).toEqual(after);
    expect(notificationsView.keys(stored)).toEqual(['n1']);
  });
});
