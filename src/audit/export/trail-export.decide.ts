import type { Decide, DecisionContext } from '../../kernel/decider.js';
import { conflict, invalid, notFound } from '../../kernel/refusal.js';
import { approvableBy, EXPORT_DAYS, expiryOf, pending } from '../contract.js';
import type { Extent, TrailExportEvent, TrailExports } from './trail-export.js';

type Decision<Prepared = undefined> = Decide<TrailExports, TrailExportEvent, Prepared>;

/** What the organisation says: whether exports wait for a second person. */
export interface Eyes {
  readonly secondApproval: boolean;
}

/** @throws Refusal validation-failed */
export function requireOrder({ from, to }: Pick<Extent, 'from' | 'to'>): void {
  if (from !== null && to !== null && to < from) throw invalid('to', 'must not be before from');
}

export const requestExport =
  (extent: Extent): Decision<Eyes> =>
  (_, { newId }, { secondApproval }) => {
    requireOrder(extent);
    if (!secondApproval)
      throw conflict('no-approval-needed', 'Nobody has to approve exports of the trail here: GET .../audit/export');
    return [{ type: 'TrailExportRequested', data: { exportId: newId, ...extent } }];
  };

export const approveTrailExport =
  (exportId: string): Decision =>
  (exports, { userId }) => {
    approvableBy(userId, exports, exportId);
    return [{ type: 'TrailExportApproved', data: { exportId } }];
  };

/** Also by whoever asked for it: that is taking it back. */
export const declineTrailExport =
  (exportId: string, reason: string): Decision =>
  (exports) => {
    pending(exports, exportId);
    return [{ type: 'TrailExportDeclined', data: { exportId, reason } }];
  };

/** An approval is good for one export, of what was asked for, by who asked for it. */
export const beginTrailExport =
  (exportId: string, extent: Extent): Decision =>
  (exports, context) => {
    requireApproved(exports, exportId, extent, context);
    return [{ type: 'TrailExportBegun', data: { exportId } }];
  };

/** @throws Refusal not-found; conflict: asked-by-another, not-approved, approval-used, approval-expired, not-as-approved */
export function requireApproved(
  exports: TrailExports,
  exportId: string,
  { format, from, to, reason }: Extent,
  { userId, now }: Pick<DecisionContext, 'userId' | 'now'>,
): void {
  const found = exports.get(exportId);
  if (found === undefined) throw notFound();
  if (found.by !== userId)
    throw conflict('asked-by-another', 'Only whoever asked for this export takes it out; ask for one of your own');
  if (!('since' in found)) throw conflict('not-approved', 'Nobody has approved this export');
  if (found.status === 'begun')
    throw conflict('approval-used', 'An approval is good for one export, and this one was begun; ask for a new one');
  if (expiryOf(found) <= Date.parse(now))
    throw conflict('approval-expired', `An approval is good for ${EXPORT_DAYS} days; ask for a new one`);
  if (found.format !== format || found.from !== from || found.to !== to || found.reason !== reason)
    throw conflict(
      'not-as-approved',
      'Something else was approved; ask for the same format, from, to and reason as in GET .../trail-exports/{id}',
    );
}
