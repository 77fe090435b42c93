import { OutcomeUnknown, StoreUnavailable } from '../event-store/event-store.port.js';
import { VaultUnavailable } from '../vault/vault.port.js';
import { ViewsUnavailable } from '../read-model/read-model.port.js';
import { TargetUnavailable } from './failures.js';

/** Whether what failed is no event's fault and ends by itself: trying again has no limit then. */
export function isOutage(error: unknown): boolean {
  return [TargetUnavailable, StoreUnavailable, OutcomeUnknown, VaultUnavailable, ViewsUnavailable].some(
    (outage) => error instanceof outage,
  );
}
