/** What an account needs to know of organisations before it is erased. Implemented by the feature that knows memberships. */
export interface PrimaryCheck {
  /**
   * Ids of the organisations whose Primary this person is, with every change that was acknowledged before the call: an
   * organisation without a living Primary could never get another one.
   */
  primaryOf(userId: string): Promise<readonly string[]>;
}

export const PRIMARY_CHECK = Symbol('PrimaryCheck');
