import { describeIf } from '../support/available.js';
import { noFaults } from '../support/faulty-disk.js';
import { soak } from './soak.js';

describeIf(noFaults === undefined, noFaults ?? '', 'random histories', () => {
  // `.ci/run` asks for 500; `npm run soak -- --seed N` plays one again.
  const seeds = Number(process.env.SOAK_SEEDS ?? 30);

  it(`keep every promise, whatever fails and dies: ${seeds} seeds`, async () => {
    const played = await soak(1, seeds);
    expect(played.seeds).toBe(seeds);
    // Otherwise they would prove little.
    expect(played.acknowledged).toBeGreaterThan(4 * seeds);
    expect(played.faults).toBeGreaterThan(seeds);
    expect(played.restarts).toBeGreaterThan(seeds / 2);
  }, 900_000);
});
