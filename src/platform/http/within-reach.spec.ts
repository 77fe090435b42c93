import type { RequestContext } from '../commands/principal.js';
import { isWithinReach, withinReach } from './within-reach.js';

const context = (reach?: RequestContext['reach']): RequestContext => ({
  organisation: 'o1',
  permission: 'invoices:read',
  route: 'GET /',
  requestId: 'r',
  correlationId: 'c',
  source: { ip: '', userAgent: '' },
  ...(reach === undefined ? {} : { reach }),
});
const doc = { organisation: 'o1', reach: ['by:ann'] };

describe('what is within reach', () => {
  it.each<[string, RequestContext['reach'], boolean]>([
    ['everything', { tokens: 'all' }, true],
    ['what one made', { tokens: ['by:ann', 'to:ann'] }, true],
    ['what others made', { tokens: ['by:bob'] }, false],
    ['nothing', { tokens: [] }, false],
    ['what no gate has let in', undefined, false],
  ])('%s', (_, reach, open) => expect(isWithinReach(context(reach), doc)).toBe(open));

  it('is never another organisation', () => {
    expect(isWithinReach(context({ tokens: 'all' }), { ...doc, organisation: 'o2' })).toBe(false);
  });

  it('is asked of lists in the same way', () => {
    const ours = { field: 'organisation', eq: 'o1' };
    expect(withinReach(context({ tokens: 'all' }))).toEqual([ours]);
    expect(withinReach(context({ tokens: ['by:ann'] }))).toEqual([ours, { field: 'reach', hasAny: ['by:ann'] }]);
    expect(withinReach(context())).toEqual([ours, { field: 'reach', hasAny: [] }]);
  });
});
