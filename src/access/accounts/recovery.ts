import type { EventCatalogue } from '../../kernel/catalogue.js';
import { recordIdOf } from '../../kernel/decider.js';
import type { DomainEvent } from '../../kernel/event.js';

/**
 * An operator took an account from whoever may be in it, to give it back to its person by a link: password and sessions are
 * void. With `address` they sign in with another address from now on, which the operator has found to be theirs.
 */
export type AccountRecovered = DomainEvent<
  'AccountRecovered',
  {
    readonly accountId: string;
    /** Id of the new address, an HMAC. */
    readonly address?: string;
    /** `from` is null where that address was never shown to be theirs. */
    readonly email?: { readonly from: string | null; readonly to: string };
    /** Versions of passwords in the vault that are of no use any more. */
    readonly drops: readonly string[];
  }
>;

export const recoveryEvents: EventCatalogue<AccountRecovered> = {
  AccountRecovered: {
    schemaVersion: 1,
    personal: { fields: ['email'], subject: ({ accountId }) => accountId, key: 'account' },
    summary: ({ address }) =>
      `let an operator recover an account, which voids its password and sessions${address === undefined ? '' : ' and changes its address'}`,
    // An erased address leaves the text `erased` in the place of both.
    changes: ({ email }) =>
      email === undefined
        ? []
        : [{ field: 'email', ...(typeof email === 'object' ? email : { from: null, to: email }) }],
    record: ({ stream }) => ({ kind: 'account', id: recordIdOf(stream) }),
    subjects: ({ accountId }) => [accountId],
  },
};

interface Part {
  readonly status: 'none' | 'open' | 'closed' | 'erased';
  readonly verified: boolean;
  readonly address: string;
  readonly holderSince: number;
}

/** What of an account's state a recovery changes, besides its password and sessions. */
export const recovered = (
  { status, verified, address }: Part,
  { data, revision }: { readonly data: AccountRecovered['data']; readonly revision: number },
): Part =>
  data.address === undefined
    ? { status, verified, address, holderSince: revision }
    : { status: 'open', verified: true, address: data.address, holderSince: revision };
