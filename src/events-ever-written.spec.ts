import { catalogue, catalogues } from './catalogues.js';
import { contentOf } from './audit/trail/redaction.js';
import { trailOf } from './audit/trail/trail.view.js';
import type { EventType } from './kernel/catalogue.js';
import type { DomainEvent } from './kernel/event.js';
import { EventOpening } from './platform/codec/event-opening.js';
import { eventPlace, part, PERSONAL, sealJson } from './platform/codec/personal.js';
import type { StoredEvent } from './platform/event-store/event-store.port.js';
import type { SubjectKey } from './platform/vault/vault.port.js';
import { type EventFixture, eventFixtures, shapeOf } from '../test/support/event-fixtures.js';

const key: SubjectKey = { key: new Uint8Array(32).fill(3) };
const declared = Object.assign({}, ...catalogues) as Readonly<Record<string, EventType<DomainEvent>>>;
const opening = (found: SubjectKey | 'erased') => new EventOpening({ subjectKey: async () => found }, catalogues);

/** As the log holds it, personal fields under a key. */
function stored({ type, version, data }: EventFixture): StoredEvent {
  const { rest, personal } = part(data, declared[type]?.personal?.fields ?? []);
  const id = '01990000-0000-7000-8000-00000000c0de';
  return {
    id,
    type,
    schemaVersion: version,
    stream: 'kind-organisation/id',
    revision: 0,
    position: '1',
    recordedAt: '2026-03-01T09:30:00.000Z',
    data: personal === undefined ? rest : { ...rest, [PERSONAL]: sealJson(key.key, eventPlace(id, type), personal) },
    metadata: {
      organisation: 'organisation',
      actor: { kind: 'user', id: 'u-1' },
      command: 'Spec',
      correlationId: 'c',
      requestId: 'r',
    },
  };
}

/** The shapes in which events were written by any version of this program. What a log holds has to open for ever. */
describe('an event of every shape ever written', () => {
  const fixtures = eventFixtures();

  it('has a fixture for each version that its type has had', () => {
    const there = new Set(fixtures.map(({ type, version }) => `${type} ${version}`));
    const expected = Object.entries(declared).flatMap(([type, { schemaVersion }]) =>
      Array.from({ length: schemaVersion }, (_, index) => `${type} ${index + 1}`),
    );
    expect([...there].sort()).toEqual(expected.sort());
  });

  it.each(fixtures.map((fixture, n) => [`${fixture.type}.v${fixture.version} #${n}`, fixture] as const))(
    '%s opens, is told in the trail, and is folded',
    async (_, fixture) => {
      const event = stored(fixture);
      for (const found of [key, 'erased'] as const) {
        const [opened] = await opening(found).open([event]);
        expect(opened!.schemaVersion).toBe(declared[fixture.type]!.schemaVersion);
        if (found === key && fixture.version === opened!.schemaVersion) expect(opened!.data).toEqual(fixture.data);
        const { deed } = contentOf(opened!, catalogue[fixture.type]!, 'kind', { readable: true, label: null });
        expect(deed).toMatch(/^[a-z](?!.*(undefined|null|\[object|NaN)).{3,}[^.]$/);
        expect(trailOf(catalogue).fold(null, opened!, event.id)).toMatchObject({ type: fixture.type });
      }
      expect(() => opening(key).openWithoutPersonal(event)).not.toThrow();
    },
  );
});

describe('the shape of an event', () => {
  it('is its fields and the kinds of their values, in any order', () => {
    expect(shapeOf({ a: 1, b: ['x', { c: null }] })).toBe(shapeOf({ b: [{ c: null }, 'y', 'z'], a: 2 }));
    for (const other of [{ a: 1 }, { a: '1', b: [] }, { a: 1, b: ['x'] }, { a: 1, b: ['x', { c: 1 }] }])
      expect(shapeOf(other)).not.toBe(shapeOf({ a: 1, b: ['x', { c: null }] }));
  });
});
