import { MAX_APPEND_BYTES } from '../../platform/event-store/event-store.port.js';
import { bookedOf, type Content } from '../invoices/document.js';
import { isTooLarge } from './import.writer.js';

describe('a document that is imported', () => {
  /** 2,000 lines that share no rate of VAT, so what is posted is as long as it can be. */
  const documentOf = (characters: number): Content => ({
    customerId: 'c',
    date: '2026-03-01',
    currency: 'GBP',
    lines: Array.from({ length: 2000 }, (_, vatRate) => ({
      description: 'x'.repeat(characters),
      quantity: '1',
      unitPrice: '1',
      vatRate,
      accountCode: '4000',
      net: 100,
      vat: 10,
    })),
    ...{ net: 200_000, vat: 20_000, total: 220_000 },
  });

  it('is refused before it has a number where it and what it posts would not fit into one append', () => {
    const refused = new Set<boolean>();
    for (let characters = 0; characters < 500; characters += 25) {
      const content = documentOf(characters);
      const bytes = Buffer.byteLength(JSON.stringify([content, bookedOf(content)]));
      refused.add(isTooLarge(content));
      // The metadata and the rest of the two events are a few kilobytes.
      if (bytes > MAX_APPEND_BYTES - 8192) expect(isTooLarge(content)).toBe(true);
      if (bytes < MAX_APPEND_BYTES / 2) expect(isTooLarge(content)).toBe(false);
    }
    expect(refused.size).toBe(2);
  });
});
