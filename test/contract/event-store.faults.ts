import { Faults, faultyEnvironment as environmentOf, noFaults } from '../support/faulty-disk.js';
import { join } from 'node:path';

export { noFaults };

export type Fault = 'sync-eio' | 'sync-eio-once' | 'write-enospc';

/** The environment of a process whose event log, in `data` beside the folder, fails on demand. */
export function faultyEnvironment(folder: string): Record<string, string> {
  return environmentOf(folder, join(folder, '..', 'data'));
}

const WAL = 'events.db-wal';
let opened: Faults | undefined;
/** Counting begins with the first use. */
const switches = (): Faults => {
  if (opened === undefined) {
    opened = new Faults(process.env.FAULTS ?? '');
    opened.plan({ effect: 'EIO', calls: [], part: WAL });
  }
  return opened;
};

/** In the process that runs under it. */
export const faults = {
  begin(fault: Fault): void {
    if (fault === 'write-enospc') switches().plan({ effect: 'ENOSPC', calls: ['write'], part: WAL });
    else switches().plan({ effect: 'EIO', calls: ['sync'], part: WAL, times: fault === 'sync-eio-once' ? 1 : 0 });
  },
  end: (_: Fault): void => switches().plan(),
  /** Syncs of the WAL that succeeded so far. */
  syncs: (): number => switches().counts.sync,
};
