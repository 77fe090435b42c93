import { given } from '../../../test/support/specification.js';
import { channelsOf, NOTIFICATION_KINDS } from './notification-kinds.js';
import { channelsText, notificationSettings, type NotificationSettingsChanged } from './notification-settings.js';
import { changeNotificationSettings, type Offer } from './notification-settings.decide.js';

const OFF = { inApp: false, mail: false };
const IN_APP = { inApp: true, mail: false };
const BOTH = { inApp: true, mail: true };
const issued = NOTIFICATION_KINDS.get('invoice-issued')!;
const own = NOTIFICATION_KINDS.get('own-roles-changed')!;
const offers: readonly Offer[] = [
  { kind: issued, brands: [undefined, 'b1'] },
  { kind: own, brands: [undefined] },
];

const changed = (...changes: NotificationSettingsChanged['data']['changes']): NotificationSettingsChanged => ({
  type: 'NotificationSettingsChanged',
  data: { userId: 'ann', changes },
});
const ann = (...events: readonly NotificationSettingsChanged[]) => given(notificationSettings, 'ann', ...events);

describe('notification settings', () => {
  it('are the defaults until somebody says otherwise, each brand for itself', () => {
    const none = ann().state;
    expect([channelsOf(none, issued, undefined), channelsOf(none, own, undefined)]).toEqual([OFF, IN_APP]);
    const { state } = ann(changed({ kind: 'invoice-issued', brandId: 'b1', from: OFF, to: BOTH }));
    expect(channelsOf(state, issued, 'b1')).toEqual(BOTH);
    expect([channelsOf(state, issued, undefined), channelsOf(state, issued, 'b2')]).toEqual([OFF, OFF]);
  });

  it('change where they are named, and stay where they are not', () =>
    ann(changed({ kind: 'own-roles-changed', from: IN_APP, to: BOTH }))
      .when(
        changeNotificationSettings([
          { kind: 'invoice-issued', brandId: null, ...IN_APP },
          { kind: 'invoice-issued', brandId: 'b1', ...OFF },
          { kind: 'own-roles-changed', ...OFF },
        ]),
        offers,
      )
      .then(
        changed({ kind: 'invoice-issued', from: OFF, to: IN_APP }, { kind: 'own-roles-changed', from: BOTH, to: OFF }),
      ));

  it('say nothing where nothing changes', () =>
    ann()
      .when(changeNotificationSettings([{ kind: 'own-roles-changed', ...IN_APP }]), offers)
      .then());

  const refusal = (items: Parameters<typeof changeNotificationSettings>[0]): unknown => {
    try {
      changeNotificationSettings(items)(new Map(), { now: '', userId: 'ann', organisation: '', newId: '' }, offers);
    } catch (error) {
      return (error as { details: unknown }).details;
    }
    return undefined;
  };

  it.each(['invoice-voided', 'no-such-kind', 'constructor'])('refuse the kind %s in the same words', (kind) =>
    expect(refusal([{ kind, ...BOTH }])).toEqual({
      errors: [{ field: 'items.0.kind', message: 'must be a kind of notification that you can be told of' }],
    }),
  );
  it.each([
    ['invoice-issued', 'b2'],
    ['own-roles-changed', 'b1'],
  ])('refuse %s for the brand %s in the same words', (kind, brandId) =>
    expect(refusal([{ kind, brandId, ...BOTH }])).toEqual({
      errors: [{ field: 'items.0.brandId', message: 'must be a brand that this kind of notification can be set for' }],
    }),
  );
  it('refuse a setting that is named twice', () =>
    expect(
      refusal([
        { kind: 'invoice-issued', ...BOTH },
        { kind: 'invoice-issued', brandId: null, ...OFF },
      ]),
    ).toMatchObject({ errors: [{ field: 'items.1' }] }));

  it('are told in the trail', () => {
    const told = notificationSettings.events.NotificationSettingsChanged;
    const one = changed({ kind: 'invoice-issued', brandId: 'b1', from: OFF, to: IN_APP }).data;
    expect(told.summary(one)).toBe(
      'changed a notification setting: An invoice is issued (brand b1): off -> in the app',
    );
    const two = changed(
      { kind: 'invoice-issued', from: OFF, to: BOTH },
      { kind: 'own-roles-changed', from: IN_APP, to: { inApp: false, mail: true } },
    ).data;
    expect(told.summary(two)).toBe('changed 2 of their notification settings');
    expect(told.changes?.(two)).toEqual([
      { field: 'An invoice is issued (no brand)', from: 'off', to: 'in the app and by mail' },
      { field: 'Your own roles are changed', from: 'in the app', to: 'by mail' },
    ]);
    expect(channelsText(OFF)).toBe('off');
  });
});
