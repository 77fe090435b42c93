import type { Call } from '../support/faulty-disk.js';
import type { Fate } from './walk.js';

/** Every call that changes a file: each is a moment at which a process may end. */
const CHANGES: readonly Call[] = ['write', 'size', 'make', 'remove'];

/**
 * What happens to a life, at every call that it is about. `die` ends a process of its own each time. `freeze` leaves on the
 * disk what a process that died there would have left, and spares the time to start one; WALK_DIES=1 starts them all the same.
 */
export const fates: Readonly<Record<string, Fate>> = {
  'dies at each sync, and nothing that was not synced is there': { effect: 'die', calls: ['sync'], unsynced: 'lost' },
  'dies at each change, half of a write arriving': {
    effect: process.env.WALK_DIES === undefined ? 'freeze' : 'die',
    calls: CHANGES,
    torn: true,
  },
  'loses power at each change, and some of what was not synced': {
    effect: 'freeze',
    calls: CHANGES,
    unsynced: { seed: 1 },
  },
  'loses power at each sync, and some of what was not synced': {
    effect: 'freeze',
    calls: ['sync'],
    unsynced: { seed: 2 },
  },
  'goes on after EIO at each call': { effect: 'EIO', calls: ['sync', ...CHANGES], times: 1 },
  'goes on after ENOSPC at each call that needs room': { effect: 'ENOSPC', calls: ['write', 'make'], times: 1 },
};
