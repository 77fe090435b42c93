import { type CounterEvent, counterEvents } from '../../../test/support/counter.js';
import type { Actor, Authority, Recorded } from '../../kernel/event.js';
import { type EvidenceEvent, evidenceEvents } from '../contract.js';
import { merged } from './catalogue.js';
import { trailOf } from './trail.view.js';

const view = trailOf(merged([counterEvents, evidenceEvents]));

const authority = { permission: 'counters:raise', role: 'sales' } as Authority;

interface How {
  readonly actor?: Actor;
  readonly stream?: string;
  readonly allowed?: boolean;
  readonly organisation?: string;
}

function recorded(event: CounterEvent | EvidenceEvent, how: How = {}): Recorded {
  const { actor = { kind: 'user', id: 'bob' }, stream = 'counter-org/c-1', allowed = true, organisation = 'org' } = how;
  return {
    ...event,
    id: 'e-1',
    stream,
    revision: 3,
    position: '000042',
    recordedAt: '2026-03-01T09:30:00.000Z',
    schemaVersion: 1,
    metadata: {
      ...(organisation === '' ? {} : { organisation }),
      actor,
      command: 'Spec',
      correlationId: 'c',
      requestId: 'r',
      source: 'ciphertext',
      ...(allowed ? { authority } : {}),
    },
  };
}

const raised: CounterEvent = { type: 'CounterRaised', data: { by: 2 } };
const fold = (event: Recorded) => view.fold(null, event, event.id);

describe('the trail view', () => {
  it('has one entry per event of an organisation, under its id', () => {
    expect(view.keys(recorded(raised))).toEqual(['e-1']);
    expect(view.keys(recorded(raised, { organisation: '' }))).toEqual([]);
  });

  it('holds where an accepted change stands and what it is searched by', () => {
    expect(fold(recorded(raised))).toEqual({
      organisation: 'org',
      stream: 'counter-org/c-1',
      revision: 3,
      moment: '2026-03-01T09:30:00.000Z/000042',
      type: 'CounterRaised',
      outcome: 'accepted',
      kind: 'counter',
      record: 'c-1',
      permission: 'counters:raise',
      people: ['by:bob'],
      deed: 'bob/CounterRaised',
      correlation: 'c',
    });
  });

  it.each<[string, CounterEvent | EvidenceEvent, boolean, object]>([
    [
      'a refusal in a closed area',
      { type: 'AccessRefused', data: { permission: 'counters:open', because: 'area' } },
      false,
      { outcome: 'refused', permission: 'counters:open', kind: 'organisation', record: 'org' },
    ],
    [
      'a refusal on a record',
      {
        type: 'AccessRefused',
        data: { permission: 'counters:open', because: 'record', record: { kind: 'counter', id: 'c-9' } },
      },
      false,
      { outcome: 'refused', permission: 'counters:open', kind: 'counter', record: 'c-9' },
    ],
    [
      'a sensitive read',
      { type: 'SensitiveDataRead', data: { kind: 'trail', permission: 'audit:read' } },
      true,
      { outcome: 'read', permission: 'audit:read', kind: 'organisation', record: 'org' },
    ],
    ['a change that needed no permission', raised, false, { outcome: 'accepted', permission: '' }],
  ])('tells %s', (_, event, allowed, expected) => {
    const stream = event.type.startsWith('Counter') ? 'counter-org/c-1' : 'evidence-org';
    expect(fold(recorded(event, { allowed, stream }))).toMatchObject(expected);
  });

  it.each<[Actor, string]>([
    [{ kind: 'user', id: 'bob', session: 's' }, 'by:bob'],
    [{ kind: 'api-key', id: 'key', onBehalfOf: 'bob' }, 'by:bob'],
    [{ kind: 'system', id: 'imports', onBehalfOf: 'bob' }, 'by:bob'],
    [{ kind: 'system', id: 'imports' }, 'by:imports'],
  ])('knows the person behind %j', (actor, token) => {
    expect(fold(recorded(raised, { actor }))).toMatchObject({ people: [token] });
  });

  it('knows whom an event is about, each once, and nothing personal', () => {
    const about = { ...counterEvents.CounterRaised, subjects: () => ['rosa', 'bob', 'rosa'] };
    const opened: CounterEvent = { type: 'CounterOpened', data: { owner: 'rosa', label: 'Rosa Klein' } };
    const withSubjects = trailOf({ CounterOpened: { ...counterEvents.CounterOpened, subjects: about.subjects } });
    const entry = withSubjects.fold(null, recorded(opened), 'e-1');
    expect(entry).toMatchObject({ people: ['by:bob', 'of:rosa', 'of:bob'] });
    expect(JSON.stringify(entry)).not.toMatch(/Klein|ciphertext/);
  });

  it('stops at a type that no room has declared', () => {
    expect(() => fold({ ...recorded(raised), type: 'Unheard' })).toThrow('Unheard');
  });
});
