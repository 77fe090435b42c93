import type { Actor } from '../../kernel/event.js';
import type { Principal } from '../../platform/commands/principal.js';
import { ImportStopped, ImportWriter } from './import.writer.js';

/** Whom the writer asks about before it writes for an import that somebody began. */
async function askedFor(actor: Actor): Promise<Principal | undefined> {
  let asked: Principal | undefined;
  const authorise = async (principal: Principal) => {
    asked = principal;
    return { allowed: false, because: 'area' } as const;
  };
  const order = { id: 'i', organisation: 'o', currency: 'GBP', accepted: { id: 'e', metadata: { actor } } };
  const writer = new ImportWriter({ authoriser: { authorise } } as never, order as never, {} as never);
  await expect(writer.prepare([])).rejects.toThrow(ImportStopped);
  return asked;
}

describe('an import that goes on after its request', () => {
  it('is its person’s, without the session', async () => {
    expect(await askedFor({ kind: 'user', id: 'ann', session: 's' })).toEqual({ userId: 'ann' });
  });

  it('is the key’s where a key began it, and can do no more than that', async () => {
    const actor: Actor = { kind: 'api-key', id: 'key', onBehalfOf: 'ann' };
    expect(await askedFor(actor)).toEqual({ userId: 'ann', apiKey: 'key' });
  });
});
