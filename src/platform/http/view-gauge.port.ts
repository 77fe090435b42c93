/** How far the views have come; implemented by the projector. */
export interface ViewGauge {
  /**
   * Resolves to true as soon as the view reflects everything up to `position`, or to false after `timeoutMs`. Costs nothing where
   * it does already.
   */
  waitFor(view: string, position: string, timeoutMs: number): Promise<boolean>;
}

export const VIEW_GAUGE = Symbol('ViewGauge');
