import { sameJson } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import { approvableBy, pending } from '../contract.js';
import { isYearEnd } from './deadlines.js';
import {
  type Completed,
  erasureOf,
  type ExportKind,
  openHoldOn,
  type Privacy,
  type PrivacyEvent,
  type PrivacySettings,
  type Retained,
} from './privacy.js';
import type { Subject } from './subject.js';

type Decision<Prepared = undefined> = Decide<Privacy, PrivacyEvent, Prepared>;

/** Whoever switches off the second pair of eyes could erase alone: that is the Primary's to decide. */
export const changeSettings =
  (patch: Partial<PrivacySettings>, isPrimary: boolean): Decision =>
  ({ settings: from }) => {
    const to = { ...from, ...patch };
    if (!isYearEnd(to.yearEnd)) throw invalid('accountingYearEnd', 'must be a day of the year as MM-DD');
    if (from.secondApproval && !to.secondApproval && !isPrimary)
      throw conflict('primary-only', 'Only the Primary switches off that a second person approves');
    return sameJson(from, to) ? [] : [{ type: 'PrivacySettingsChanged', data: { from, to } }];
  };

export const placeHold =
  (reason: string): Decision<Subject> =>
  (_, { newId }, subject) => [{ type: 'LegalHoldPlaced', data: { holdId: newId, subject, reason } }];

export const releaseHold =
  (holdId: string, reason: string): Decision =>
  ({ holds }) => {
    const hold = holds.get(holdId);
    if (hold === undefined) throw notFound();
    if (hold.status === 'released') return [];
    return [{ type: 'LegalHoldReleased', data: { holdId, subject: hold.subject, reason } }];
  };

export const placeRestriction =
  (reason: string): Decision<Subject> =>
  (state, { newId }, subject) => {
    requireNotErased(state, subject);
    return [{ type: 'RestrictionPlaced', data: { restrictionId: newId, subject, reason } }];
  };

/** `notice` says how and when the person was told, which comes before the lifting (GDPR Art. 18(3)). */
export const liftRestriction =
  (restrictionId: string, notice: string): Decision =>
  ({ restrictions }) => {
    const restriction = restrictions.get(restrictionId);
    if (restriction === undefined) throw notFound();
    if (restriction.status === 'lifted') return [];
    return [{ type: 'RestrictionLifted', data: { restrictionId, subject: restriction.subject, reason: notice } }];
  };

/** Somebody who is erased already, or about to be, is not erased again. */
export const orderErasure =
  (reason: string): Decision<Subject> =>
  (state, { newId }, subject) => {
    requireNoHold(state, subject);
    requireNotErased(state, subject);
    const needsApproval = state.settings.secondApproval;
    return [{ type: 'ErasureOrdered', data: { erasureId: newId, subject, reason, needsApproval } }];
  };

export const approveErasure =
  (erasureId: string): Decision =>
  (state, { userId }) => {
    const erasure = approvableBy(userId, state.erasures, erasureId);
    requireNoHold(state, erasure.subject);
    return [{ type: 'ErasureApproved', data: { erasureId, subject: erasure.subject } }];
  };

/** Also by whoever asked for it: that is taking it back. */
export const declineErasure =
  (erasureId: string, reason: string): Decision =>
  ({ erasures }) => {
    const { subject } = pending(erasures, erasureId);
    return [{ type: 'ErasureDeclined', data: { erasureId, subject, reason } }];
  };

export const completeErasure =
  (erasureId: string, outcome: Completed): Decision =>
  ({ erasures }) => {
    const erasure = erasures.get(erasureId);
    if (erasure?.status !== 'ordered') return [];
    return [{ type: 'ErasureCompleted', data: { erasureId, subject: erasure.subject, ...outcome } }];
  };

export const destroyRetained =
  (erasureId: string, what: Retained): Decision =>
  ({ erasures }) => {
    const erasure = erasures.get(erasureId);
    if (erasure?.status !== 'done' || erasure.destroyed.includes(what)) return [];
    return [{ type: 'RetainedDataDestroyed', data: { erasureId, subject: erasure.subject, what } }];
  };

export const orderExport =
  (kind: ExportKind, reason: string): Decision<Subject> =>
  (state, { newId }, subject) => {
    requireNotErased(state, subject);
    const needsApproval = state.settings.secondApproval;
    return [{ type: 'DataExportOrdered', data: { exportId: newId, subject, kind, reason, needsApproval } }];
  };

export const approveExport =
  (exportId: string): Decision =>
  (state, { userId }) => {
    const dataExport = approvableBy(userId, state.exports, exportId);
    requireNotErased(state, dataExport.subject);
    return [{ type: 'DataExportApproved', data: { exportId, subject: dataExport.subject } }];
  };

export const declineExport =
  (exportId: string, reason: string): Decision =>
  ({ exports }) => {
    const { subject } = pending(exports, exportId);
    return [{ type: 'DataExportDeclined', data: { exportId, subject, reason } }];
  };

export const completeExport =
  (exportId: string, bytes: number): Decision =>
  ({ exports }) => {
    const dataExport = exports.get(exportId);
    if (dataExport?.status !== 'ordered') return [];
    return [{ type: 'DataExportMade', data: { exportId, subject: dataExport.subject, bytes } }];
  };

/** `why` is made of our words and codes. */
export const failExport =
  (exportId: string, why: string): Decision =>
  ({ exports }) => {
    const dataExport = exports.get(exportId);
    if (dataExport?.status !== 'ordered') return [];
    return [{ type: 'DataExportFailed', data: { exportId, subject: dataExport.subject, failure: why } }];
  };

function requireNoHold(state: Privacy, subject: Subject): void {
  if (openHoldOn(state, subject.id) !== undefined)
    throw conflict('legal-hold', 'A legal hold is on the data of this person; nothing is erased until it is released');
}

function requireNotErased(state: Privacy, subject: Subject): void {
  const status = erasureOf(state, subject.id)?.status;
  if (status === 'pending') throw conflict('erasure-pending', 'The erasure of this person waits for approval');
  if (status !== undefined) throw conflict('erased', 'The data of this person was erased');
}
