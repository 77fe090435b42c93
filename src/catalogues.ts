import { accessEvents } from './access/events.js';
import { evidenceEvents } from './audit/contract.js';
import { auditEvents } from './audit/events.js';
import { merged } from './audit/trail/catalogue.js';
import { booksEvents } from './books/events.js';
import type { CodedCatalogue } from './platform/codec/registry.js';
import { proofEvents } from './platform/proofs/checkpoint.js';
import { reactorEvents } from './platform/reactor/reactor.events.js';
import { studioEvents } from './studio/events.js';

/** Every type of event there is. */
export const catalogues = [
  accessEvents,
  booksEvents,
  studioEvents,
  evidenceEvents,
  auditEvents,
  reactorEvents,
  proofEvents,
] as const satisfies readonly CodedCatalogue[];

/** The same as one, for the trail. */
export const catalogue = merged(catalogues);
