import { counterEvents } from '../../../test/support/counter.js';
import { evidenceEvents } from '../contract.js';
import { merged, typeOf } from './catalogue.js';

describe('the catalogue of the trail', () => {
  it('knows the types of every catalogue', () => {
    const catalogue = merged([counterEvents, evidenceEvents]);
    expect(Object.keys(catalogue)).toEqual([
      'CounterOpened',
      'CounterRaised',
      'AccessRefused',
      'AuditExported',
      'SensitiveDataRead',
    ]);
    expect(typeOf(catalogue, 'CounterRaised').summary({ by: 2 })).toBe('raised the counter by 2');
  });

  it('has no name twice', () => {
    expect(() => merged([counterEvents, { CounterRaised: counterEvents.CounterRaised }])).toThrow(/CounterRaised/);
  });

  it.each(['CounterLowered', 'toString'])('knows no %s', (name) => {
    expect(() => typeOf(merged([counterEvents]), name)).toThrow(name);
  });
});
