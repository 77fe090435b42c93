import { recorded } from '../../../test/support/specification.js';
import type { JournalEvent } from './journal.js';
import { type JournalDoc, journalsView } from './journal.view.js';

const lines = [
  { account: '7100', accountCode: '7100', amount: 500 },
  { account: 'bank:b1', accountCode: '1200', amount: -500 },
];
const fold = (...events: readonly JournalEvent[]): JournalDoc | null =>
  events.reduce<JournalDoc | null>((doc, event, revision) => {
    const stored = recorded('journal-o/j1', revision, event);
    expect(journalsView.keys(stored)).toEqual(['j1']);
    return journalsView.fold(doc, stored, 'j1');
  }, null);
const posted: JournalEvent = {
  type: 'JournalPosted',
  data: { createdBy: 'ann', date: '2026-03-31', purpose: 'journal', currency: 'GBP', lines, description: 'Rent' },
};

describe('the view of journals', () => {
  it('holds a journal as it was posted', () =>
    expect(fold(posted)).toEqual({
      ...posted.data,
      organisation: '',
      revision: 0,
      reversedBy: null,
      created: '00000000',
      reach: ['by:ann'],
      texts: ['re', 'ren', 'rent'],
    }));
  it('and by which one it was reversed', () =>
    expect(
      fold(posted, {
        type: 'JournalReversed',
        data: { reversalId: 'r1', date: '2026-04-01', reason: 'Twice', description: 'x' },
      }),
    ).toMatchObject({ revision: 1, reversedBy: 'r1', lines }));
  it('knows none that was never posted', () =>
    expect(
      fold({ type: 'JournalReversed', data: { reversalId: 'r1', date: '2026-04-01', reason: 'x', description: 'x' } }),
    ).toBeNull());
});
