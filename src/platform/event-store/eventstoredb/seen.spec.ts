import { text, uuid } from '../../../../test/support/eventstoredb.js';
import { BEFORE_ALL } from './positions.js';
import { Seen } from './seen.js';

const NOON = Date.parse('2026-03-01T12:00:00.000Z');

describe('how far the log reaches', () => {
  it('is the highest position that was seen', () => {
    const seen = new Seen(() => NOON);
    expect(seen.position).toBe(BEFORE_ALL);
    seen.saw({ position: text(7), recordedAt: '' });
    seen.saw({ position: text(3), recordedAt: '' });
    expect(seen.position).toBe(text(7));
  });
});

describe('when an event is recorded', () => {
  it('is never earlier than what this node recorded or read before', () => {
    let now = NOON;
    const seen = new Seen(() => now);
    expect(seen.stamp(uuid(1))).toBe('2026-03-01T12:00:00.000Z');
    now -= 60_000;
    expect(seen.stamp(uuid(2))).toBe('2026-03-01T12:00:00.000Z');
    seen.saw({ position: text(1), recordedAt: '2026-03-01T12:00:05.000Z' });
    seen.saw({ position: text(2), recordedAt: '2026-03-01T11:00:00.000Z' });
    expect(seen.stamp(uuid(3))).toBe('2026-03-01T12:00:05.000Z');
    now = NOON + 10_000;
    expect(seen.stamp(uuid(4))).toBe('2026-03-01T12:00:10.000Z');
  });

  it('is the same for a repeat while there is no outcome, and after an unknown one', () => {
    let now = NOON;
    const seen = new Seen(() => now);
    const first = seen.stamp(uuid(1));
    now += 1000;
    expect(seen.stamp(uuid(1))).toBe(first);
    expect(seen.stamp(uuid(2))).not.toBe(first);
    seen.settle(uuid(1));
    const second = seen.stamp(uuid(1));
    expect(second).not.toBe(first);
    seen.settle(uuid(1));
    seen.doubt(uuid(1), first);
    expect(seen.stamp(uuid(1))).toBe(first);
  });
});
