import { accessEvents } from './access/events.js';
import { evidenceEvents } from './audit/contract.js';
import { merged } from './audit/trail/catalogue.js';
import { booksEvents } from './books/events.js';
import type { CodedCatalogue } from './platform/codec/registry.js';
import { reactorEvents } from './platform/reactor/reactor.events.js';

/** Every type of event there is. */
export const catalogues = [
  accessEvents,
  booksEvents,
  evidenceEvents,
  reactorEvents,
] as const satisfies readonly CodedCatalogue[];

/** The same as one, for the trail. */
export const catalogue = merged(catalogues);
