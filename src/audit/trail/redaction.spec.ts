import { counterEvents } from '../../../test/support/counter.js';
import type { Reach, RecordFacts } from '../../kernel/decider.js';
import type { Recorded } from '../../kernel/event.js';

import { evidenceEvents } from '../contract.js';
import type { TrailEventType } from './catalogue.js';
import { type Content, contentOf, reaches, type Sight } from './redaction.js';

const event = (type: string, data: object): Recorded => ({ type, data }) as Recorded;

const opened = event('CounterOpened', { owner: 'rosa', label: 'apples' });
const refused = event('AccessRefused', {
  permission: 'invoices:void',
  because: 'record',
  record: { kind: 'invoice', id: 'i' },
});
const noChanges: TrailEventType = { ...counterEvents.CounterRaised, changes: () => [] };

const hidden: Sight = { readable: false };
const seen = (label: string | null): Sight => ({ readable: true, label });

describe('redaction', () => {
  it.each<[string, Recorded, TrailEventType, string, Sight, Content]>([
    [
      'a reader of the record sees everything',
      opened,
      counterEvents.CounterOpened,
      'counter',
      seen('Counter 7'),
      {
        deed: 'opened the counter apples',
        label: 'Counter 7',
        changes: [
          { field: 'owner', from: null, to: 'rosa' },
          { field: 'label', from: null, to: 'apples' },
        ],
      },
    ],
    [
      'what a type says has changed counts',
      event('CounterRaised', { by: 2 }),
      noChanges,
      'counter',
      seen(null),
      { deed: 'raised the counter by 2', label: null, changes: [] },
    ],
    [
      'others see what kind of record it is',
      opened,
      counterEvents.CounterOpened,
      'credit-note',
      hidden,
      { deed: 'changed a credit note', label: null, changes: [] },
    ],
    [
      'with the right article',
      opened,
      counterEvents.CounterOpened,
      'invoice',
      hidden,
      { deed: 'changed an invoice', label: null, changes: [] },
    ],
    [
      'a refusal has no content of the record',
      refused,
      evidenceEvents.AccessRefused,
      'invoice',
      hidden,
      { deed: 'was refused: the permission invoices:void does not reach this record', label: null, changes: [] },
    ],
    [
      'whose label is for its readers',
      refused,
      evidenceEvents.AccessRefused,
      'invoice',
      seen('Invoice 7'),
      { deed: 'was refused: the permission invoices:void does not reach this record', label: 'Invoice 7', changes: [] },
    ],
  ])('%s', (_, recorded, type, kind, sight, expected) => {
    expect(contentOf(recorded, type, kind, sight)).toEqual(expected);
  });
});

describe('how far a permission reaches', () => {
  const facts: RecordFacts[] = [
    {},
    { createdBy: 'bob' },
    { createdBy: 'ann', assigned: ['bob'] },
    { brandId: 'b', assigned: ['bob'] },
  ];

  it.each<[string, Reach | undefined, boolean[]]>([
    ['without limits, to everything', { tokens: 'all' }, [true, true, true, true]],
    ['to what one made', { tokens: ['by:bob'] }, [false, true, false, false]],
    ['to what one is assigned to', { tokens: ['to:bob'] }, [false, false, true, true]],
    ['to the records of a brand', { tokens: ['*|b|'] }, [false, false, false, true]],
    ['nowhere', { tokens: [] }, [false, false, false, false]],
    ['nowhere where nobody has asked', undefined, [false, false, false, false]],
  ])('%s', (_, reach, expected) => {
    expect(facts.map((one) => reaches(reach, one))).toEqual(expected);
  });
});
