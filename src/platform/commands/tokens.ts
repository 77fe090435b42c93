/** Injection tokens of the ports, for Nest. */
export const EVENT_STORE = Symbol('EventStore');
export const READ_MODEL = Symbol('ReadModel');
export const VAULT = Symbol('Vault');
export const CODEC = Symbol('Codec');
export const CLOCK = Symbol('Clock');
export const MAILER = Symbol('Mailer');

/** Milliseconds since 1970, the only source of time outside pure code. */
export type Clock = () => number;
/** Optional: there only where several nodes share the stores. */
export const LEASES = Symbol('Leases');
