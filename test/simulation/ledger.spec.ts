import { POSTING_TYPES } from '../../src/books/ledger/rules.js';
import { ledgerHistories } from './ledger.js';

describe('the ledger after random histories', () => {
  // `.ci/run` asks for 500; `npm run soak -- --ledger 10000` plays more.
  const histories = Number(process.env.SOAK_SEEDS ?? 100);

  it(`balances, is the same after a rebuild, and says what documents say: ${histories} histories`, async () => {
    const played = await ledgerHistories(histories);
    // Otherwise they would prove little.
    expect(played.accepted).toBeGreaterThan(10 * histories);
    expect(played.entries).toBeGreaterThan(5 * histories);
    expect([...played.types].sort()).toEqual([...POSTING_TYPES].sort());
  }, 900_000);
});
