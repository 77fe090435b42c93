import { describeIf } from '../support/available.js';
import { noFaults } from '../support/faulty-disk.js';
import { soak } from './soak.js';

describeIf(noFaults === undefined, noFaults ?? '', 'random histories', () => {
  // `npm run soak -- --seed N` plays one again.
  it('keep every promise, whatever fails and dies: 500 seeds', async () => {
    const { seeds, acknowledged, faults, restarts } = await soak(1, 500);
    expect(seeds).toBe(500);
    // Otherwise they would prove little.
    expect(acknowledged).toBeGreaterThan(2000);
    expect(faults).toBeGreaterThan(500);
    expect(restarts).toBeGreaterThan(300);
  }, 900_000);
});
