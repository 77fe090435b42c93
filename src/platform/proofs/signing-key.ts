import type { Metadata } from '../../kernel/event.js';
import { streamOf } from '../../kernel/decider.js';
import { derivedId } from '../commands/idempotency.js';
import { type EventStore, WrongExpectedRevision } from '../event-store/event-store.port.js';
import { newId } from '../random.js';
import type { Vault } from '../vault/vault.port.js';
import { SIGNING_KEYS, type SigningKeyIntroduced, signingKeys, signingSecret } from './checkpoint.js';
import { publicKeyOf } from './note.js';

export const SIGNING_KEYS_STREAM = streamOf(signingKeys, '', SIGNING_KEYS);

type Log = Pick<EventStore, 'append' | 'readStream'>;

/** The seed that signs now; the first start introduces the first key. */
export async function currentSeed(store: Log, vault: Pick<Vault, 'secret'>): Promise<Uint8Array> {
  const { generation } = await newest(store);
  if (generation === 0) await introduce(store, vault, 1, 'no-stream');
  return vault.secret(signingSecret(Math.max(1, generation)));
}

/** Introduces the next key, which signs from then on on every node. Answers its generation. */
export async function rotateSigningKey(store: Log, vault: Pick<Vault, 'secret'>): Promise<number> {
  await currentSeed(store, vault);
  const { generation, revision } = await newest(store);
  await introduce(store, vault, generation + 1, revision);
  return generation + 1;
}

async function newest(store: Log): Promise<{ readonly generation: number; readonly revision: number }> {
  for await (const event of store.readStream(SIGNING_KEYS_STREAM, { direction: 'backwards', limit: 1 }))
    return { generation: (event.data as SigningKeyIntroduced['data']).generation, revision: event.revision };
  return { generation: 0, revision: -1 };
}

async function introduce(
  store: Log,
  vault: Pick<Vault, 'secret'>,
  generation: number,
  expected: number | 'no-stream',
): Promise<void> {
  const publicKey = Buffer.from(publicKeyOf(await vault.secret(signingSecret(generation)))).toString('base64');
  const id = newId(Date.now());
  const metadata: Metadata = {
    actor: { kind: 'system', id: 'notary' },
    command: 'IntroduceSigningKey',
    correlationId: id,
    requestId: id,
  };
  const event: SigningKeyIntroduced = { type: 'SigningKeyIntroduced', data: { generation, publicKey } };
  try {
    await store.append(SIGNING_KEYS_STREAM, expected, [
      { id: derivedId(event.type, String(generation)), ...event, schemaVersion: 1, metadata },
    ]);
  } catch (error) {
    // Another node introduced it at the same moment.
    if (!(error instanceof WrongExpectedRevision)) throw error;
  }
}
