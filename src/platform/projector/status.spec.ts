import { FoldFailed } from '../read-model/read-model.port.js';
import { describeFailure } from './status.js';

describe('what is said of a view that cannot fold an event', () => {
  const failing = (fold: () => unknown): string => {
    try {
      fold();
    } catch (cause) {
      return describeFailure(new FoldFailed('people', { id: 'event-1', type: 'PersonNamed', position: '1' }, cause));
    }
    throw new Error('nothing failed');
  };

  it('names view and event, with the words of an error of ours', () => {
    const ours = failing(() => {
      throw new Error('no such state');
    });
    expect(ours).toBe('View people cannot fold PersonNamed event-1: Error: no such state');
  });

  it('says where an error of the language happened, in place of what it quotes', () => {
    const quoting = failing(() => 'to' in ('Jane' as unknown as object));
    expect(quoting).toMatch(/^View people cannot fold PersonNamed event-1: TypeError: at .*status\.spec/);
    expect(quoting).not.toContain('Jane');
  });
});
