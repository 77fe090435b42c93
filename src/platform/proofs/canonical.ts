import canonicalize from 'canonicalize';
import type { StoredEvent } from '../event-store/event-store.port.js';

/** What a leaf of the tree says of an event: all of it as stored, personal fields as ciphertext, but where it stands in one store. */
export type Leaf = Pick<
  StoredEvent,
  'id' | 'type' | 'stream' | 'revision' | 'recordedAt' | 'schemaVersion' | 'data' | 'metadata'
>;

/** The leaf of an event as text: RFC 8785 (JSON Canonicalization Scheme). The tree hashes its UTF-8 bytes. */
export function leafText(event: Leaf): string {
  const { id, type, stream, revision, recordedAt, schemaVersion, data, metadata } = event;
  const text = canonicalize({ id, type, stream, revision, recordedAt, schemaVersion, data, metadata });
  if (text === undefined) throw new Error('An event has no canonical form');
  return text;
}
