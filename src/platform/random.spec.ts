import { isUuid } from '../kernel/ids.js';
import { newAgelessId, newId, randomBytes } from './random.js';

describe('random bytes from a pool', () => {
  it('never hands out the same bytes twice, across refills', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 5000; i++) seen.add(randomBytes(12).toString('hex'));
    expect(seen.size).toBe(5000);
  });

  it('gives exactly the length asked for, also beyond the pool', () => {
    for (const length of [0, 1, 12, 32, 1024, 1025, 8192, 20_000]) expect(randomBytes(length)).toHaveLength(length);
    expect(
      randomBytes(20_000)
        .subarray(19_000)
        .some((byte) => byte !== 0),
    ).toBe(true);
  });

  it('hands out copies: what was given does not change when the pool is refilled', () => {
    const key = randomBytes(32);
    const before = key.toString('hex');
    for (let i = 0; i < 1000; i++) randomBytes(32);
    expect(key.toString('hex')).toBe(before);
  });

  it('makes ids that do not tell when they were made', () => {
    const ids = Array.from({ length: 64 }, newAgelessId);
    expect(ids.every((id) => isUuid(id) && id[14] === '7')).toBe(true);
    // Their first half byte is random: 64 of one instant would have one.
    expect(new Set(ids.map((id) => id[0])).size).toBeGreaterThan(4);
  });

  it('makes ids that sort by their instant and are distinct within it', () => {
    const ids = Array.from({ length: 3000 }, (_, i) => newId(1_700_000_000_000 + Math.floor(i / 1000)));
    expect(ids.every(isUuid)).toBe(true);
    expect(ids.every((id) => id[14] === '7')).toBe(true);
    expect(new Set(ids).size).toBe(3000);
    expect(ids[0]! < ids[1000]! && ids[1000]! < ids[2000]!).toBe(true);
  });
});
