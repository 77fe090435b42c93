import type { Recorded } from '../../kernel/event.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { ViewDefinition } from '../../kernel/view.js';
import type { AccountEvent, Profile } from './account.js';
import { type SecondFactorEvent, secondFactorEvents } from './second-factor.js';

/** A person's own document, the only one in which their name stands outside of organisations. Keyed by account id. */
export interface ProfileDoc {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly phone?: string;
  /** Revision of the account that the document shows. */
  readonly revision: number;
}

const ERASED = 'erased';

/** The profile after an event of the account; also where a profile is read straight from the log. */
export function foldProfile(doc: ProfileDoc | null, event: Recorded<AccountEvent>): ProfileDoc | null {
  const { revision } = event;
  switch (event.type) {
    case 'AccountRegistered':
    case 'AccountTakenOver': {
      // Whoever takes an account over takes nothing of what its maker said of themselves.
      const { email, firstName, lastName } = event.data;
      return { id: recordIdOf(event.stream), email, firstName, lastName, revision };
    }
    case 'ProfileEdited': {
      const { changes } = event.data;
      if (doc === null || typeof changes !== 'object') return doc;
      const { phone: before, ...rest } = doc;
      const phone = changes.phone === undefined ? before : changes.phone.to;
      return {
        ...rest,
        firstName: changes.firstName?.to ?? doc.firstName,
        lastName: changes.lastName?.to ?? doc.lastName,
        ...(phone === null || phone === undefined ? {} : { phone }),
        revision,
      };
    }
    case 'AccountRecovered': {
      const { email } = event.data;
      return doc && { ...doc, email: typeof email === 'object' ? email.to : doc.email, revision };
    }
    case 'AccountErased':
      return { id: recordIdOf(event.stream), email: ERASED, firstName: ERASED, lastName: ERASED, revision };
    case 'EmailVerified':
    case 'SignInClosed':
    case 'PasswordResetRequested':
    case 'CredentialReplaced':
    case 'SecondFactorPrepared':
    case 'SecondFactorEnabled':
    case 'SecondFactorProven':
    case 'RecoveryCodeUsed':
    case 'RecoveryCodesReplaced':
    case 'SecondFactorDisabled':
    case 'SignedIn':
    case 'SessionEnded':
    case 'AllSessionsEnded':
      return doc === null ? null : { ...doc, revision };
  }
}

export const profileOf = ({ email, firstName, lastName, phone }: ProfileDoc): Profile => ({
  email,
  firstName,
  lastName,
  phone: phone ?? null,
});

/** Every event of an account moves the document's revision, so that `If-Match` means what the person last saw. */
export const profilesView: ViewDefinition<ProfileDoc, AccountEvent> = {
  name: 'profiles',
  version: 1,
  events: [
    'AccountRegistered',
    'EmailVerified',
    'AccountTakenOver',
    'SignInClosed',
    'ProfileEdited',
    'PasswordResetRequested',
    'CredentialReplaced',
    ...(Object.keys(secondFactorEvents) as SecondFactorEvent['type'][]),
    'SignedIn',
    'SessionEnded',
    'AllSessionsEnded',
    'AccountRecovered',
    'AccountErased',
  ],
  fields: {},
  sorts: {},
  indexes: [],
  keys: (event) => [recordIdOf(event.stream)],
  fold: foldProfile,
};
