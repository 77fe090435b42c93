import { killRounds } from '../simulation/kill-rounds.js';

describe('kill -9 under load', () => {
  // `.ci/run` asks for 20; `npm run soak -- --kill 100` is the same at length.
  const rounds = Number(process.env.KILL_ROUNDS ?? 5);

  it(`loses nothing that was acknowledged, and records nothing twice: ${rounds} rounds`, async () => {
    const { acknowledged, asked, lost, twice, answeredOtherwise } = await killRounds(rounds);
    expect({ lost, twice, answeredOtherwise }).toEqual({ lost: 0, twice: 0, answeredOtherwise: 0 });
    expect(acknowledged).toBeGreaterThan(250 * rounds);
    // Some were under way at each kill.
    expect(asked).toBeGreaterThan(acknowledged);
  }, 600_000);
});
