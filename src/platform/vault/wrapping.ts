import { NotAuthentic, openBox, sealBox } from '../aead.js';
import { MASTER_KEY_BYTES } from './master-key.js';
import { VaultUnreadable } from './vault.port.js';

/** What a wrapped thing is: its table and its keys. A row moved elsewhere does not open. */
export type Place = readonly [table: string, ...keys: string[]];

/** Wraps what the vault keeps under the master key; shared by its adapters. */
export class Wrapping {
  constructor(private readonly masterKey: Uint8Array) {
    if (masterKey.length !== MASTER_KEY_BYTES) throw new RangeError(`a master key has ${MASTER_KEY_BYTES} bytes`);
  }

  /** An array of its own, so that handing it to another thread copies nothing else. */
  wrap(place: Place, content: Uint8Array): Uint8Array {
    return Uint8Array.from(sealBox(this.masterKey, JSON.stringify(place), content));
  }

  /** @throws VaultUnreadable */
  unwrap(place: Place, wrapped: Uint8Array): Buffer {
    try {
      return openBox(this.masterKey, JSON.stringify(place), wrapped);
    } catch (error) {
      if (!(error instanceof NotAuthentic)) throw error;
      throw new VaultUnreadable(`The vault's ${place.join(' ')} does not open: it was altered, or moved`, {
        cause: error,
      });
    }
  }
}
