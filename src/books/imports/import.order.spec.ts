import type { Actor } from '../../kernel/event.js';
import type { Principal } from '../../platform/commands/principal.js';
import { ImportRights, ImportStopped } from './import.order.js';

/** Whom an import asks about before it writes for somebody who began it, and what for. */
async function askedFor(actor: Actor, kind: string): Promise<readonly [Principal, string]> {
  let asked: readonly [Principal, string] | undefined;
  const authorise = async (principal: Principal, _: string, permission: string) => {
    asked = [principal, permission];
    return { allowed: false, because: 'area' } as const;
  };
  const accepted = { id: 'e', metadata: { actor } };
  const order = { id: 'i', organisation: 'o', currency: 'GBP', kind, options: {}, accepted };
  const rights = new ImportRights({ authorise }, order as never);
  await expect(rights.metadata()).rejects.toThrow(ImportStopped);
  return asked!;
}

describe('an import that goes on after its request', () => {
  it('is its person’s, without the session', async () => {
    const asked = await askedFor({ kind: 'user', id: 'ann', session: 's' }, 'invoices');
    expect(asked).toEqual([{ userId: 'ann' }, 'invoices:import']);
  });

  it('is the key’s where a key began it, and can do no more than that', async () => {
    const asked = await askedFor({ kind: 'api-key', id: 'key', onBehalfOf: 'ann' }, 'customers');
    expect(asked).toEqual([{ userId: 'ann', apiKey: 'key' }, 'customers:create']);
  });
});
