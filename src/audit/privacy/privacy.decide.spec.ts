import { given } from '../../../test/support/specification.js';
import { privacy, type PrivacyEvent } from './privacy.js';
import {
  approveErasure,
  approveExport,
  changeSettings,
  completeErasure,
  completeExport,
  declineErasure,
  destroyRetained,
  failExport,
  liftRestriction,
  orderErasure,
  orderExport,
  placeHold,
  placeRestriction,
  releaseHold,
} from './privacy.decide.js';

const subject = { kind: 'customer', id: 'c1' };
const other = { kind: 'customer', id: 'c2' };
const reason = 'asked by letter';
const settings = { secondApproval: false, years: 6, yearEnd: '12-31' };
const two: PrivacyEvent = {
  type: 'PrivacySettingsChanged',
  data: { from: settings, to: { ...settings, secondApproval: true } },
};
const held: PrivacyEvent = { type: 'LegalHoldPlaced', data: { holdId: 'h1', subject, reason } };
const released: PrivacyEvent = { type: 'LegalHoldReleased', data: { holdId: 'h1', subject, reason } };
const restricted: PrivacyEvent = { type: 'RestrictionPlaced', data: { restrictionId: 'r1', subject, reason } };
const ordered = (needsApproval = false): PrivacyEvent => ({
  type: 'ErasureOrdered',
  data: { erasureId: 'e1', subject, reason, needsApproval },
});
const outcome = { erased: [], documents: 1, documentsUntil: '2032-12-31', recordsUntil: '2033-12-31' };
const done: PrivacyEvent = { type: 'ErasureCompleted', data: { erasureId: 'e1', subject, ...outcome } };
const exported = (needsApproval = false): PrivacyEvent => ({
  type: 'DataExportOrdered',
  data: { exportId: 'x1', subject, kind: 'access', reason, needsApproval },
});

/** The events of the specification are the system's: its `by` is nobody. */
const register = (...events: readonly PrivacyEvent[]) => given(privacy, 'org', ...events);
/** Everything was asked for by the person who decides. */
const own = (...events: readonly PrivacyEvent[]) => {
  const { state } = register(...events);
  const mine = <T extends { readonly by: string }>(entries: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...entries].map(([id, entry]) => [id, { ...entry, by: 'org' }]));
  return { ...state, erasures: mine(state.erasures), exports: mine(state.exports) };
};
const context = { now: '2026-03-01T09:00:00.000Z', userId: 'org', organisation: '', newId: 'n1' };

describe('settings', () => {
  it('are kept as they were and as they are', () =>
    register()
      .when(changeSettings({ secondApproval: true }, false))
      .then(two));
  it('that are the same change nothing', () =>
    register(two)
      .when(changeSettings({ secondApproval: true }, false))
      .then());
  it('know the days of the year', () =>
    register()
      .when(changeSettings({ yearEnd: '02-30' }, true))
      .thenRefused('validation-failed'));
  it('give up the second pair of eyes for the Primary only', () => {
    register(two)
      .when(changeSettings({ secondApproval: false }, false))
      .thenRefused('conflict', 'primary-only');
    register(two)
      .when(changeSettings({ secondApproval: false }, true))
      .then({ type: 'PrivacySettingsChanged', data: { from: { ...settings, secondApproval: true }, to: settings } });
  });
});

describe('a legal hold', () => {
  it('is put on a person and released once', () => {
    register()
      .when(placeHold(reason), subject)
      .then({ type: 'LegalHoldPlaced', data: { holdId: 'new-id', subject, reason } });
    register(held).when(releaseHold('h1', reason)).then(released);
    register(held, released).when(releaseHold('h1', reason)).then();
    register().when(releaseHold('h1', reason)).thenRefused('not-found');
  });
  it('refuses an erasure until it is released', () => {
    register(held).when(orderErasure(reason), subject).thenRefused('conflict', 'legal-hold');
    register(held, released)
      .when(orderErasure(reason), subject)
      .then({ type: 'ErasureOrdered', data: { erasureId: 'new-id', subject, reason, needsApproval: false } });
  });
  it('refuses an approval that it came before', () =>
    register(two, ordered(true), held).when(approveErasure('e1')).thenRefused('conflict', 'legal-hold'));
  it('is no concern of anybody else', () =>
    register(held)
      .when(orderErasure(reason), other)
      .then({ type: 'ErasureOrdered', data: { erasureId: 'new-id', subject: other, reason, needsApproval: false } }));
});

describe('an erasure', () => {
  it('waits for a second person where that is switched on', () =>
    register(two)
      .when(orderErasure(reason), subject)
      .then({ type: 'ErasureOrdered', data: { erasureId: 'new-id', subject, reason, needsApproval: true } }));
  it('is asked for once', () => {
    register(two, ordered(true)).when(orderErasure(reason), subject).thenRefused('conflict', 'erasure-pending');
    register(ordered()).when(orderErasure(reason), subject).thenRefused('conflict', 'erased');
    register(ordered(), done).when(orderErasure(reason), subject).thenRefused('conflict', 'erased');
  });
  it('is approved by somebody else', () => {
    register(two, ordered(true))
      .when(approveErasure('e1'))
      .then({ type: 'ErasureApproved', data: { erasureId: 'e1', subject } });
    expect(() => approveErasure('e1')(own(two, ordered(true)), context, undefined)).toThrow(/somebody else/);
    register(ordered()).when(approveErasure('e1')).thenRefused('conflict', 'not-pending');
    register().when(approveErasure('e1')).thenRefused('not-found');
  });
  it('is declined, also by who asked, and may be asked for again', () => {
    const declined: PrivacyEvent = { type: 'ErasureDeclined', data: { erasureId: 'e1', subject, reason } };
    expect(declineErasure('e1', reason)(own(two, ordered(true)), context, undefined)).toEqual([declined]);
    register(two, ordered(true), declined)
      .when(orderErasure(reason), subject)
      .then({ type: 'ErasureOrdered', data: { erasureId: 'new-id', subject, reason, needsApproval: true } });
  });
  it('is completed once, and only when it was allowed', () => {
    register(ordered()).when(completeErasure('e1', outcome)).then(done);
    register(ordered(), done).when(completeErasure('e1', outcome)).then();
    register(two, ordered(true)).when(completeErasure('e1', outcome)).then();
  });
  it('is followed by the end of what it left, each part once', () => {
    const destroyed: PrivacyEvent = {
      type: 'RetainedDataDestroyed',
      data: { erasureId: 'e1', subject, what: 'documents' },
    };
    register(ordered(), done).when(destroyRetained('e1', 'documents')).then(destroyed);
    register(ordered(), done, destroyed).when(destroyRetained('e1', 'documents')).then();
    register(ordered()).when(destroyRetained('e1', 'records')).then();
  });
});

describe('an export', () => {
  it('is approved by somebody else, and made once', () => {
    register(two, exported(true))
      .when(approveExport('x1'))
      .then({ type: 'DataExportApproved', data: { exportId: 'x1', subject } });
    expect(() => approveExport('x1')(own(two, exported(true)), context, undefined)).toThrow(/somebody else/);
    register(exported())
      .when(completeExport('x1', 7))
      .then({ type: 'DataExportMade', data: { exportId: 'x1', subject, bytes: 7 } });
    register(two, exported(true)).when(completeExport('x1', 7)).then();
  });
  it('fails once, and is not made after that', () => {
    const failed: PrivacyEvent = {
      type: 'DataExportFailed',
      data: { exportId: 'x1', subject, failure: 'the disk is full' },
    };
    register(exported()).when(failExport('x1', 'the disk is full')).then(failed);
    register(exported(), failed).when(failExport('x1', 'again')).then();
    register(exported(), failed).when(completeExport('x1', 7)).then();
    register(two, exported(true)).when(failExport('x1', 'nobody approved it')).then();
  });
  it('is of nobody who is erased, or about to be', () => {
    register(ordered(), done).when(orderExport('access', reason), subject).thenRefused('conflict', 'erased');
    register(two, exported(true), ordered()).when(approveExport('x1')).thenRefused('conflict', 'erased');
  });
});

describe('a restriction', () => {
  it('is put on and lifted with notice, once', () => {
    register()
      .when(placeRestriction(reason), subject)
      .then({ type: 'RestrictionPlaced', data: { restrictionId: 'new-id', subject, reason } });
    const lifted: PrivacyEvent = {
      type: 'RestrictionLifted',
      data: { restrictionId: 'r1', subject, reason: 'told by phone' },
    };
    register(restricted).when(liftRestriction('r1', 'told by phone')).then(lifted);
    register(restricted, lifted).when(liftRestriction('r1', 'again')).then();
    register().when(liftRestriction('r1', 'x')).thenRefused('not-found');
  });
});
