/** Injection token of the `TrailCatalogue`: every type of event that can be in the log. */
export const TRAIL_CATALOGUE = Symbol('TrailCatalogue');
