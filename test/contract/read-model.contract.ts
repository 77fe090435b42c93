import { documentsContract } from './read-model/documents.js';
import { generationsContract } from './read-model/generations.js';
import type { ReadModelPair } from './read-model/notes.js';
import { queriesContract } from './read-model/queries.js';
import { describeIf } from '../support/available.js';

/** What every adapter of the read model does, both halves of the port as a pair. Views have names of their own. */
export function readModelContract(adapter: {
  readonly name: string;
  /** Why the suite cannot run here. */
  readonly skipReason?: string;
  open(): Promise<ReadModelPair>;
}): void {
  const { name, skipReason } = adapter;
  describeIf(skipReason === undefined, skipReason ?? '', `read model on ${name}`, () => {
    let pair: ReadModelPair;
    beforeAll(async () => {
      pair = await adapter.open();
    });
    afterAll(async () => {
      await pair.dispose();
    });

    describe('documents', () => documentsContract(() => pair));
    describe('queries', () => queriesContract(() => pair));
    describe('generations', () => generationsContract(() => pair));
  });
}
