import { randomFillSync, randomInt } from 'node:crypto';
import { uuidv7 } from '../kernel/ids.js';

/** One system call fills this much; a call for each nonce was the largest entry of the profile. */
const POOL_BYTES = 8192;

const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** A view of the pool: read it before anything else asks for random bytes, then overwrite it. */
function take(length: number): Uint8Array {
  if (used + length > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += length;
  return pool.subarray(used - length, used);
}

/** Random bytes from the system's generator, drawn through a pool. No byte is handed out twice or kept in the pool. */
export function randomBytes(length: number): Buffer {
  if (length > POOL_BYTES / 8) return randomFillSync(Buffer.allocUnsafeSlow(length));
  const view = take(length);
  const bytes = Buffer.from(view);
  view.fill(0);
  return bytes;
}

/** Instants that a UUIDv7 can hold. */
const TIMESTAMPS = 2 ** 48;

/**
 * A UUIDv7 of a random instant (RFC 9562 6.1 allows to alter it), for what must not be told how old it is: the id of a
 * person is answered to whoever invites an address, whether or not it has had an account for years.
 */
export const newAgelessId = (): string => newId(randomInt(TIMESTAMPS - 1));

/** A UUIDv7 (RFC 9562 5.7) of an instant in milliseconds since 1970. */
export function newId(nowMs: number): string {
  return uuidv7(nowMs, take(10));
}
