import type { Decide } from '../../kernel/decider.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import type { AccountEvent, AccountState } from './account.js';
import type { AccountRecovered } from './recovery.js';
import { withoutSecondFactor } from './second-factor.decide.js';

/**
 * Everything by which anybody gets into the account is void, and a link is made by which its person gets in: in one append,
 * so that there is no moment in which a password that somebody else knows is enough, since the second factor has gone.
 */
export const recoverAccount =
  (to: Pick<AccountRecovered['data'], 'address' | 'email'>): Decide<AccountState, AccountEvent> =>
  (state) => {
    switch (state.status) {
      case 'none':
      case 'erased':
        throw notFound();
      case 'closed':
        if (to.address === undefined)
          throw conflict('another-address', 'Another account has shown to own this address; give a new one');
        break;
      case 'open':
        break;
    }
    const drops = state.credential === undefined ? [] : [state.credential];
    return [
      ...withoutSecondFactor(state, 'operator'),
      { type: 'AccountRecovered', data: { accountId: state.id, ...to, drops } },
      { type: 'PasswordResetRequested', data: { via: 'operator' } },
    ];
  };
