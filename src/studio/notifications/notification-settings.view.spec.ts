import { recorded } from '../../../test/support/specification.js';
import type { NotificationSettingsChanged, SettingChange } from './notification-settings.js';
import { type NotificationSettingsDoc, notificationSettingsView } from './notification-settings.view.js';

const OFF = { inApp: false, mail: false };
const MAIL = { inApp: false, mail: true };

const fold = (doc: NotificationSettingsDoc | null, ...changes: SettingChange[]): NotificationSettingsDoc | null =>
  notificationSettingsView.fold(doc, event(...changes), 'o1/ann');
const event = (...changes: SettingChange[]) => {
  const plain: NotificationSettingsChanged = { type: 'NotificationSettingsChanged', data: { userId: 'ann', changes } };
  const { metadata, ...rest } = recorded('notification-settings-o1/ann', 0, plain);
  return { ...rest, metadata: { ...metadata, organisation: 'o1' } };
};

const doc = (...on: string[]): NotificationSettingsDoc => ({ organisation: 'o1', userId: 'ann', on });

describe('the view of notification settings', () => {
  it.each<[string, NotificationSettingsDoc | null, SettingChange[], NotificationSettingsDoc]>([
    ['first ones', null, [{ kind: 'k', brandId: 'b', from: OFF, to: MAIL }], doc('k|b')],
    ['one more', doc('k|b'), [{ kind: 'k', from: OFF, to: MAIL }], doc('k|b', 'k|')],
    ['switched on twice', doc('k|'), [{ kind: 'k', from: MAIL, to: { inApp: true, mail: true } }], doc('k|')],
    ['switched off', doc('k|b', 'k|'), [{ kind: 'k', brandId: 'b', from: MAIL, to: OFF }], doc('k|')],
    ['a default switched off', null, [{ kind: 'own', from: MAIL, to: OFF }], doc()],
  ])('%s', (_, before, changes, after) => expect(fold(before, ...changes)).toEqual(after));

  it('keeps a document for each person in each organisation', () =>
    expect(notificationSettingsView.keys(event())).toEqual(['o1/ann']));
});
