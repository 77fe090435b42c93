/** Trying again cannot help: the event is recorded as failed and left behind. The message holds nothing personal. */
export class PermanentFailure extends Error {
  override readonly name: string = 'PermanentFailure';
}

/**
 * What the effect needs is away, whatever the event: a mail server, a network. It is tried again until it is back and does
 * not count as an attempt. The message holds nothing personal.
 */
export class TargetUnavailable extends Error {
  override readonly name: string = 'TargetUnavailable';
}
