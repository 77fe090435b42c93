/** What audit/ tells its own features and the application. */
export {
  type EvidenceEvent,
  evidenceEvents,
  evidenceStream,
  isEvidence,
  type Outcome,
  outcomeOf,
  OUTCOMES,
} from './evidence/evidence.js';
