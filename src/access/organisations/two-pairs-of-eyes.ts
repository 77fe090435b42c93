import type { EventCatalogue } from '../../kernel/catalogue.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent } from '../../kernel/event.js';

/** Rule 9: whether it takes two people to enter and approve a purchase, and two to approve and pay it. */
export type TwoPairsOfEyesSwitched = DomainEvent<'TwoPairsOfEyesSwitched', { readonly on: boolean }>;

export const twoPairsOfEyesEvents: EventCatalogue<TwoPairsOfEyesSwitched> = {
  TwoPairsOfEyesSwitched: {
    schemaVersion: 1,
    summary: ({ on }) => `switched ${on ? 'on' : 'off'} two pairs of eyes for purchases`,
    changes: ({ on }) => [{ field: 'twoPairsOfEyes', from: !on, to: on }],
    record: ({ stream }) => ({ kind: 'organisation', id: recordIdOf(stream) }),
  },
};
