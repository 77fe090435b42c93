import { killRounds } from '../simulation/kill-rounds.js';

describe('kill -9 under load', () => {
  // `npm run soak -- --kill 100` is the same at length.
  it('loses nothing that was acknowledged, and records nothing twice', async () => {
    const { acknowledged, asked, lost, twice, answeredOtherwise } = await killRounds(20);
    expect({ lost, twice, answeredOtherwise }).toEqual({ lost: 0, twice: 0, answeredOtherwise: 0 });
    expect(acknowledged).toBeGreaterThan(5_000);
    // Some were under way at each kill.
    expect(asked).toBeGreaterThan(acknowledged);
  }, 600_000);
});
