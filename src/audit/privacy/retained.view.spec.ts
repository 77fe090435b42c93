import { recorded } from '../../../test/support/specification.js';
import type { ErasureCompleted, PrivacyEvent, RetainedDataDestroyed } from './privacy.js';
import { type RetainedDoc, retainedView } from './retained.view.js';

type Retaining = 'ErasureOrdered' | 'ErasureApproved' | 'ErasureCompleted' | 'RetainedDataDestroyed';
const subject = { kind: 'customer', id: 'c1' };
const fold = (doc: RetainedDoc | null, event: Extract<PrivacyEvent, { type: Retaining }>): RetainedDoc | null =>
  retainedView.fold(doc, recorded('privacy-o1', 1, event), 'e1');
const completed = (documentsUntil: string | null, recordsUntil: string): ErasureCompleted => ({
  type: 'ErasureCompleted',
  data: { erasureId: 'e1', subject, erased: [], documents: 1, documentsUntil, recordsUntil },
});
const destroyed = (what: 'documents' | 'records'): RetainedDataDestroyed => ({
  type: 'RetainedDataDestroyed',
  data: { erasureId: 'e1', subject, what },
});

describe('an erasure that is not carried out', () => {
  const ordered = (needsApproval: boolean) =>
    ({ type: 'ErasureOrdered', data: { erasureId: 'e1', subject, reason: 'r', needsApproval } }) as const;

  it('is due from the day after it was allowed, until it is done', () => {
    const doc = fold(null, ordered(false));
    expect(doc).toMatchObject({ organisation: 'o1', keptUntil: '2026-03-01' });
    expect(fold(doc, completed(null, '2033-12-31'))).toMatchObject({ keptUntil: '2033-12-31' });
    expect(fold(null, ordered(true))).toBeNull();
    expect(fold(null, { type: 'ErasureApproved', data: { erasureId: 'e1', subject } })).toEqual(doc);
  });
});

describe('what an erasure left', () => {
  it('is due when the first of it is', () => {
    expect(fold(null, completed('2032-12-31', '2033-12-31'))).toMatchObject({
      organisation: 'o1',
      keptUntil: '2032-12-31',
    });
    expect(fold(null, completed('2040-12-31', '2033-12-31'))).toMatchObject({ keptUntil: '2033-12-31' });
    expect(fold(null, completed(null, '2033-12-31'))).toMatchObject({ keptUntil: '2033-12-31' });
  });

  it('goes part by part, in either order', () => {
    const doc = fold(null, completed('2032-12-31', '2033-12-31'));
    expect(fold(doc, destroyed('documents'))).toMatchObject({ keptUntil: '2033-12-31', documentsUntil: null });
    expect(fold(doc, destroyed('records'))).toMatchObject({ keptUntil: '2032-12-31', recordsUntil: null });
    expect(fold(fold(doc, destroyed('documents')), destroyed('records'))).toBeNull();
    expect(fold(null, destroyed('records'))).toBeNull();
  });
});
