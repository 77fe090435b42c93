import { rmSync } from 'node:fs';
import { Faults, type Plan } from '../support/faulty-disk.js';
import { type LifeName, lives } from './lives.js';
import { failedAt, STEP } from './walk.js';

/** A walk by a process that survives: its disk is gone (`freeze`), or fails once, at the first call, at the next ... */
const [name, folder, planned] = process.argv.slice(2) as [LifeName, string, string];
const plan = JSON.parse(planned) as Omit<Plan, 'at'>;
const faults = new Faults(process.env.FAULTS ?? '');
const life = await lives[name]();

for (let at = 1; ; at += STEP) {
  rmSync(folder, { recursive: true, force: true });
  const acknowledged: unknown[] = [];
  const unsynced = typeof plan.unsynced === 'object' ? { unsynced: { seed: plan.unsynced.seed + at } } : {};
  faults.plan({ ...plan, ...unsynced, at });
  const ended = await life
    .live(folder, (acknowledgement) => acknowledged.push(acknowledgement), plan.effect === 'freeze' ? 1 : 3)
    .then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
  const struck = faults.counts.struck > 0;
  faults.plan();
  // A disk that is gone ends a life; one that failed once does not.
  if (ended !== undefined && plan.effect !== 'freeze') throw failedAt(plan, at, ended.error);
  await life.look(folder, acknowledged).catch((error: unknown) => {
    throw failedAt(plan, at, error);
  });
  if (struck) continue;
  process.stdout.write(`${at - 1}\n`);
  break;
}
