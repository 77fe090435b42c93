import type { Decide } from '../../kernel/decider.js';
import type { SessionEvent, SessionState } from './session.js';

/** Uses up the token of a generation. Nothing follows from one that is used up already: it was used twice. */
export const refreshSession =
  (generation: number): Decide<SessionState, SessionEvent> =>
  (state) =>
    state.generation === generation ? [{ type: 'SessionRefreshed', data: { generation: generation + 1 } }] : [];
