import type { Decide } from '../../kernel/decider.js';
import { invalid } from '../../kernel/refusal.js';
import { type Channels, channelsOf, NOTIFICATION_KINDS, type NotificationKind } from './notification-kinds.js';
import type { NotificationSettings, NotificationSettingsChanged, SettingChange } from './notification-settings.js';

/** A kind that somebody may set, and for which brands; `undefined` among them stands for records without a brand. */
export interface Offer {
  readonly kind: NotificationKind;
  readonly brands: readonly (string | undefined)[];
}

export interface SettingInput extends Channels {
  readonly kind: string;
  readonly brandId?: string | null | undefined;
}

type DecideSettings = Decide<NotificationSettings, NotificationSettingsChanged, readonly Offer[]>;

/**
 * Sets what is named and leaves the rest. What is not offered is refused in the words for what does not exist, so nobody
 * learns of a brand by trying.
 */
export const changeNotificationSettings =
  (items: readonly SettingInput[]): DecideSettings =>
  (state, { userId }, offers) => {
    const named = new Set<string>();
    const changes = items.flatMap((item, index): readonly SettingChange[] => {
      const kind = offered(item, index, offers);
      const { inApp, mail } = item;
      const brandId = item.brandId ?? undefined;
      const name = JSON.stringify([kind.key, brandId]);
      if (named.has(name)) throw invalid(`items.${index}`, 'must not name a setting twice');
      named.add(name);
      const from = channelsOf(state, kind, brandId);
      if (from.inApp === inApp && from.mail === mail) return [];
      return [{ kind: kind.key, ...(brandId === undefined ? {} : { brandId }), from, to: { inApp, mail } }];
    });
    return changes.length === 0 ? [] : [{ type: 'NotificationSettingsChanged', data: { userId, changes } }];
  };

function offered({ kind: key, brandId }: SettingInput, index: number, offers: readonly Offer[]): NotificationKind {
  const offer = NOTIFICATION_KINDS.has(key) ? offers.find(({ kind }) => kind.key === key) : undefined;
  if (offer === undefined)
    throw invalid(`items.${index}.kind`, 'must be a kind of notification that you can be told of');
  if (!offer.brands.includes(brandId ?? undefined))
    throw invalid(`items.${index}.brandId`, 'must be a brand that this kind of notification can be set for');
  return offer.kind;
}
