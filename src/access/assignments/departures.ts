import type { DomainEvent, Recorded } from '../../kernel/event.js';

/** Events after which somebody is not in the organisation any more, or is there under another id. */
export const DEPARTURES = [
  'UserRemoved',
  'UserLeft',
  'UserDisabled',
  'InvitationCancelled',
  'InvitationAccepted',
] as const;

interface Ended {
  readonly userId: string;
  readonly ended: readonly { readonly userId: string }[];
}

export type DepartureEvent =
  | DomainEvent<'UserRemoved' | 'UserLeft' | 'UserDisabled', Ended>
  | DomainEvent<'InvitationCancelled', { readonly userId: string }>
  | DomainEvent<'InvitationAccepted', { readonly userId: string; readonly invitedAs?: string }>;

/** Somebody who is gone; with a successor where the same person is there under that id from now on. */
export interface Departed {
  readonly userId: string;
  readonly successor?: string;
}

/** Who went by an event. A disabled person stays; those whom they had invited do not. */
export function departedIn({ type, data }: Recorded<DepartureEvent>): readonly Departed[] {
  switch (type) {
    case 'UserRemoved':
    case 'UserLeft':
      return [{ userId: data.userId }, ...data.ended.map(({ userId }) => ({ userId }))];
    case 'UserDisabled':
      return data.ended.map(({ userId }) => ({ userId }));
    case 'InvitationCancelled':
      return [{ userId: data.userId }];
    case 'InvitationAccepted':
      return data.invitedAs === undefined ? [] : [{ userId: data.invitedAs, successor: data.userId }];
  }
}
