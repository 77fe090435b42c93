import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import type { Actor, DomainEvent, Metadata } from '../../kernel/event.js';
import type { StoredEvent } from '../event-store/event-store.port.js';
import { newId } from '../random.js';
import { SubjectErased, type SubjectKey, type Vault } from '../vault/vault.port.js';
import { EventFromNewerVersion, PersonalDataUnreadable, PersonalKeyMissing, UnknownEventType } from './codec.port.js';
import { EventCodec } from './event-codec.js';
import type { CodedCatalogue } from './registry.js';

class Keys implements Pick<Vault, 'subjectKey' | 'subjectKeyForWriting'> {
  readonly kept = new Map<string, SubjectKey | 'erased'>();
  asked = 0;

  async subjectKey(organisation: string, subject: string): Promise<SubjectKey | 'erased' | undefined> {
    this.asked++;
    return this.kept.get(`${organisation}/${subject}`);
  }

  async subjectKeyForWriting(organisation: string, subject: string): Promise<SubjectKey> {
    const name = `${organisation}/${subject}`;
    const key = this.kept.get(name) ?? { key: randomBytes(32) };
    if (key === 'erased') throw new SubjectErased();
    this.kept.set(name, key);
    return key;
  }

  erase(name: string): void {
    expect(this.kept.has(name)).toBe(true);
    this.kept.set(name, 'erased');
  }
}

const subject = (data: { readonly customerId: string }): string => data.customerId;
const catalogue: CodedCatalogue = {
  Plain: { schemaVersion: 1 },
  CustomerCreated: { schemaVersion: 1, personal: { fields: ['name', 'email', 'contact'], subject, key: 'contact' } },
  CustomerRenamed: { schemaVersion: 1, personal: { fields: ['name'], subject, key: 'contact' } },
  InvoiceIssued: { schemaVersion: 1, personal: { fields: ['name'], subject, key: 'document' } },
  AccountRegistered: {
    schemaVersion: 1,
    personal: { fields: ['email'], subject: (data: { readonly accountId: string }) => data.accountId, key: 'account' },
  },
  Grown: {
    schemaVersion: 3,
    personal: { fields: ['fullName'], subject, key: 'contact' },
    upcasters: {
      1: (data: { first?: string; last?: string }) => ({ ...data, fullName: `${data.first} ${data.last}` }),
      2: (data: object) => ({ ...data, country: 'GB' }),
    },
  },
};

const actor: Actor = { kind: 'user', id: 'u1' };
const metadata: Metadata = { organisation: 'org', actor, command: 'Do', correlationId: 'c', requestId: 'r' };

describe('the codec', () => {
  let keys: Keys;
  let codec: EventCodec;
  beforeEach(() => {
    keys = new Keys();
    codec = new EventCodec(keys, [catalogue]);
  });

  const recorded = (
    event: DomainEvent & { readonly schemaVersion: number },
    over: Partial<StoredEvent> = {},
  ): StoredEvent => ({
    id: newId(0),
    stream: 's',
    revision: 0,
    position: '1',
    recordedAt: '2026-03-01T09:30:00.000Z',
    metadata,
    ...event,
    ...over,
  });
  const store = async (event: DomainEvent, over: Partial<StoredEvent> = {}): Promise<StoredEvent> => {
    const id = newId(0);
    const organisation = (over.metadata ?? metadata).organisation ?? '';
    const sealed = await codec.seal(id, event, organisation);
    // As the log gives it back: through JSON.
    return recorded({ type: event.type, ...(JSON.parse(JSON.stringify(sealed)) as typeof sealed) }, { id, ...over });
  };
  const opened = async (event: StoredEvent): Promise<unknown> => (await codec.open([event]))[0]!.data;
  const ann = {
    type: 'CustomerCreated',
    data: { customerId: 'c1', name: 'Ann Müller', email: 'ann@example.com', vat: 1 },
  };

  describe('events without personal fields', () => {
    it('are stored and opened as they are, without asking the vault', async () => {
      const stored = await store({ type: 'Plain', data: { a: [1, { b: null }] } });
      expect(stored.data).toEqual({ a: [1, { b: null }] });
      expect((await codec.open([stored]))[0]).toBe(stored);
      expect(codec.openWithoutPersonal(stored)).toBe(stored);
      expect(keys.asked).toBe(0);
    });

    it('need no key where the declared fields are absent', async () => {
      const stored = await store({ type: 'CustomerCreated', data: { customerId: 'c1', email: undefined, vat: 1 } });
      expect(stored.data).toEqual({ customerId: 'c1', vat: 1 });
      expect(await opened(stored)).toEqual({ customerId: 'c1', vat: 1 });
      expect(keys.kept.size).toBe(0);
    });
  });

  describe('personal fields', () => {
    it('stand as one ciphertext beside the others, and come back', async () => {
      const stored = await store(ann);
      expect(Object.keys(stored.data).sort()).toEqual(['$personal', 'customerId', 'vat']);
      expect((stored.data as { $personal: string }).$personal).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(JSON.stringify(stored)).not.toMatch(/Ann|example/);
      expect((await codec.open([stored]))[0]).toEqual({ ...stored, data: ann.data });
    });

    it('are left out where a state does not need them', async () => {
      const stored = await store(ann);
      expect(codec.openWithoutPersonal(stored).data).toEqual({ customerId: 'c1', vat: 1 });
    });

    it('come back whatever they are (any JSON), and never stand in the stored text', async () => {
      const personal = fc.record(
        { name: fc.string({ unit: 'binary' }), email: fc.jsonValue(), contact: fc.jsonValue() },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(personal, fc.jsonValue(), async (fields, other) => {
          const data = JSON.parse(JSON.stringify({ customerId: 'c1', other, ...fields })) as object;
          const stored = await store({ type: 'CustomerCreated', data });
          expect(await opened(stored)).toEqual(data);
          expect(Object.keys(stored.data)).not.toEqual(expect.arrayContaining(['name']));
        }),
      );
    });

    it('stand under the key that their declaration names', async () => {
      await store(ann);
      await store({ type: 'InvoiceIssued', data: { customerId: 'c1', name: 'Ann' } });
      await store({ type: 'AccountRegistered', data: { accountId: 'a1', email: 'a@b' } });
      expect([...keys.kept.keys()]).toEqual(['org/c1', 'org/document:c1', '/a1']);
    });

    it("are read under the account's own key also where the event belongs to an organisation", async () => {
      const stored = await store({ type: 'AccountRegistered', data: { accountId: 'a1', email: 'a@b' } });
      expect(await opened(stored)).toEqual({ accountId: 'a1', email: 'a@b' });
    });

    it('of a batch ask the vault once for each key', async () => {
      const events = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store({ ...ann, data: { ...ann.data, customerId: `c${i % 2}` } })),
      );
      expect((await codec.open(events)).map(({ data }) => (data as { name: string }).name)).toEqual(
        Array(20).fill('Ann Müller'),
      );
      expect(keys.asked).toBe(2);
    });

    it('need a subject that is not one of them', async () => {
      await expect(store({ type: 'CustomerCreated', data: { name: 'Ann' } })).rejects.toThrow(/subject/);
      expect(keys.kept.size).toBe(0);
    });

    it('own their reserved property', async () => {
      await expect(store({ type: 'Plain', data: { $personal: 'x' } })).rejects.toThrow(/reserved/);
      await expect(store({ type: 'CustomerCreated', data: { customerId: 'c1', $personal: 'x' } })).rejects.toThrow(
        /reserved/,
      );
    });

    it('never become garbage where their declaration was dropped', async () => {
      const stored = await store(ann);
      const forgetful = new EventCodec(keys, [{ CustomerCreated: { schemaVersion: 1 } }]);
      await expect(forgetful.open([stored])).rejects.toThrow(/declares none/);
    });
  });

  describe('after an erasure', () => {
    it('every declared field reads erased, the rest stays', async () => {
      const stored = await store(ann);
      keys.erase('org/c1');
      expect(await opened(stored)).toEqual({
        customerId: 'c1',
        vat: 1,
        name: 'erased',
        email: 'erased',
        contact: 'erased',
      });
    });

    it('nothing more can be sealed for the subject', async () => {
      await store(ann);
      keys.erase('org/c1');
      await expect(store(ann)).rejects.toBeInstanceOf(SubjectErased);
    });

    it('identity on issued documents stays', async () => {
      const invoice = await store({ type: 'InvoiceIssued', data: { customerId: 'c1', name: 'Ann' } });
      await store(ann);
      keys.erase('org/c1');
      expect(await opened(invoice)).toEqual({ customerId: 'c1', name: 'Ann' });
    });

    it('an older shape ends up erased too, whatever its upcasters made of it', async () => {
      const stored = {
        ...(await store({ type: 'Grown', data: { customerId: 'c1', fullName: 'x' } })),
        schemaVersion: 1,
      };
      keys.erase('org/c1');
      expect((await codec.open([stored]))[0]).toMatchObject({
        schemaVersion: 3,
        data: { customerId: 'c1', fullName: 'erased', country: 'GB' },
      });
    });

    it('a key that is missing without an erasure is an error', async () => {
      const stored = await store(ann);
      keys.kept.clear();
      await expect(codec.open([stored])).rejects.toBeInstanceOf(PersonalKeyMissing);
    });
  });

  describe('what was tampered with is an error, never garbage', () => {
    const personalOf = (event: StoredEvent): string => (event.data as { $personal: string }).$personal;
    const withPersonal = (event: StoredEvent, $personal: unknown): StoredEvent => ({
      ...event,
      data: { ...event.data, $personal },
    });

    it('a ciphertext of another event of the same subject', async () => {
      const [one, other] = [await store(ann), await store(ann)];
      await expect(codec.open([withPersonal(one, personalOf(other))])).rejects.toBeInstanceOf(PersonalDataUnreadable);
    });

    it('the same event under another id or type', async () => {
      const stored = await store(ann);
      await expect(codec.open([{ ...stored, id: newId(1) }])).rejects.toBeInstanceOf(PersonalDataUnreadable);
      await expect(codec.open([{ ...stored, type: 'CustomerRenamed' }])).rejects.toBeInstanceOf(PersonalDataUnreadable);
    });

    it('another subject, or another organisation', async () => {
      const stored = await store(ann);
      await store({ ...ann, data: { ...ann.data, customerId: 'c2' } });
      await keys.subjectKeyForWriting('gro', 'c1');
      await expect(codec.open([{ ...stored, data: { ...stored.data, customerId: 'c2' } }])).rejects.toBeInstanceOf(
        PersonalDataUnreadable,
      );
      await expect(codec.open([{ ...stored, metadata: { ...metadata, organisation: 'gro' } }])).rejects.toBeInstanceOf(
        PersonalDataUnreadable,
      );
    });

    it.each([
      ['nothing', ''],
      ['no text', 5],
      ['null', null],
      ['rubbish', 'AAAA'],
      ['cut', undefined],
    ])('%s instead', async (how, text) => {
      const stored = await store(ann);
      const instead = how === 'cut' ? personalOf(stored).slice(0, -4) : text;
      await expect(codec.open([withPersonal(stored, instead)])).rejects.toBeInstanceOf(PersonalDataUnreadable);
    });

    it('any turned bit', async () => {
      const stored = await store(ann);
      const box = Buffer.from(personalOf(stored), 'base64url');
      await fc.assert(
        fc.asyncProperty(fc.nat(box.length * 8 - 1), async (bit) => {
          const turned = Buffer.from(box);
          turned[bit >> 3]! ^= 1 << (bit & 7);
          await expect(codec.open([withPersonal(stored, turned.toString('base64url'))])).rejects.toBeInstanceOf(
            PersonalDataUnreadable,
          );
        }),
      );
    });
  });

  describe('types and versions', () => {
    it('two catalogues may not use one name, and versions may have no gap', () => {
      expect(() => new EventCodec(keys, [catalogue, { Plain: { schemaVersion: 1 } }])).toThrow(
        'Two catalogues name an event type Plain',
      );
      expect(() => new EventCodec(keys, [{ New: { schemaVersion: 3, upcasters: { 1: (data) => data } } }])).toThrow(
        'New has no upcaster from version 2',
      );
    });

    it('an unknown type is an error by its name', async () => {
      await expect(codec.open([recorded({ type: 'Unheard', schemaVersion: 1, data: {} })])).rejects.toThrow(
        /type Unheard/,
      );
      await expect(codec.seal(newId(0), { type: 'toString', data: {} }, '')).rejects.toBeInstanceOf(UnknownEventType);
      expect(() => codec.openWithoutPersonal(recorded({ type: '__proto__', schemaVersion: 1, data: {} }))).toThrow(
        UnknownEventType,
      );
    });

    it('an older shape goes through every upcaster, its personal fields in plain text', async () => {
      const { key } = await keys.subjectKeyForWriting('org', 'c1');
      const once = new EventCodec(keys, [
        { Grown: { schemaVersion: 1, personal: { fields: ['first', 'last'], subject, key: 'contact' } } },
      ]);
      const id = newId(0);
      const sealed = await once.seal(
        id,
        { type: 'Grown', data: { customerId: 'c1', first: 'Ann', last: 'Lee' } },
        'org',
      );
      expect(key).toHaveLength(32);
      const [event] = await codec.open([recorded({ type: 'Grown', ...sealed }, { id })]);
      expect(event).toMatchObject({ schemaVersion: 3, data: { customerId: 'c1', fullName: 'Ann Lee', country: 'GB' } });
    });

    it('an older shape stays as it is where what is stored is asked for', async () => {
      const sealed = await codec.seal(
        newId(0),
        { type: 'CustomerRenamed', data: { customerId: 'c1', name: 'Rosa' } },
        'org',
      );
      const renamed = recorded({ type: 'CustomerRenamed', ...sealed });
      const plain = recorded({ type: 'Grown', schemaVersion: 1, data: { customerId: 'c1', first: 'A', last: 'B' } });
      await expect(codec.openAsStored([renamed])).rejects.toThrow(PersonalDataUnreadable);
      expect(await codec.openAsStored([plain])).toEqual([plain.data]);
      const id = newId(0);
      const event = { type: 'CustomerRenamed', data: { customerId: 'c1', name: 'Rosa' } };
      const mine = recorded({ type: event.type, ...(await codec.seal(id, event, 'org')) }, { id });
      expect(await codec.openAsStored([mine, plain])).toEqual([event.data, plain.data]);
      keys.erase('org/c1');
      expect(await codec.openAsStored([mine])).toEqual([{ customerId: 'c1', name: 'erased' }]);
    });

    it('what is written now has the newest version', async () => {
      expect(await codec.seal(newId(0), { type: 'Grown', data: { customerId: 'c1' } }, 'org')).toMatchObject({
        schemaVersion: 3,
      });
    });

    it('a newer version than known asks for an upgrade', async () => {
      const event = recorded({ type: 'Plain', schemaVersion: 2, data: {} });
      await expect(codec.open([event])).rejects.toBeInstanceOf(EventFromNewerVersion);
      await expect(codec.open([event])).rejects.toThrow(/upgrade/);
    });
  });

  describe('where a command came from', () => {
    const source = { ip: '2001:db8::1', userAgent: 'curl/8 "ü"' };
    const by = async (who: Actor, organisation: string | undefined): Promise<StoredEvent> => {
      const person = who.kind === 'user' ? who.id : who.onBehalfOf!;
      const sealed = await codec.sealSource(source, organisation ?? '', person);
      expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
      const { organisation: _, ...rest } = metadata;
      const place = organisation === undefined ? {} : { organisation };
      return recorded(
        { type: 'Plain', schemaVersion: 1, data: {} },
        { metadata: { ...rest, ...place, actor: who, source: sealed } },
      );
    };

    it('opens for users, keys and the system on behalf of a person, in an organisation or outside', async () => {
      const whos: Actor[] = [
        actor,
        { kind: 'api-key', id: 'k', onBehalfOf: 'u1' },
        { kind: 'system', id: 'import', onBehalfOf: 'u1' },
      ];
      for (const who of whos) {
        expect(await codec.openSource(await by(who, 'org'))).toEqual(source);
        expect(await codec.openSource(await by(who, undefined))).toEqual(source);
      }
      expect([...keys.kept.keys()]).toEqual(['org/actor:u1', '/u1']);
    });

    it('is not there, erased, or an error', async () => {
      expect(await codec.openSource(recorded({ type: 'Plain', schemaVersion: 1, data: {} }))).toBeUndefined();
      const event = await by(actor, 'org');
      const moved = { ...event, metadata: { ...event.metadata, actor: { kind: 'user', id: 'u2' } as const } };
      await expect(codec.openSource(moved)).rejects.toBeInstanceOf(PersonalKeyMissing);
      await keys.subjectKeyForWriting('org', 'actor:u2');
      await expect(codec.openSource(moved)).rejects.toBeInstanceOf(PersonalDataUnreadable);
      keys.erase('org/actor:u1');
      expect(await codec.openSource(event)).toBe('erased');
    });
  });
});
