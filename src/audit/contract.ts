/** What audit/ tells its own features and the application. */
export { approvableBy, type AskedFor, EXPORT_DAYS, expiryOf, pending } from './approval/approval.js';
export {
  type EvidenceEvent,
  evidenceEvents,
  evidenceStream,
  isEvidence,
  type Outcome,
  outcomeOf,
  OUTCOMES,
} from './evidence/evidence.js';
