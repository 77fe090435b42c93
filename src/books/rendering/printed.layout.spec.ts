import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import type { Printed } from './printed.js';
import { pdfOf } from './printed.layout.js';

const printed = (over: Partial<Printed> = {}): Printed => ({
  title: 'Invoice 1042',
  table: {
    columns: [
      { label: 'Description', share: 4 },
      { label: 'Net', share: 1, align: 'right' },
    ],
    rows: [{ cells: ['Portraits', '£1.00'] }],
  },
  ...over,
});
const pagesOf = (pdf: Buffer): number => Number(/\/Type \/Pages\n\/Count (\d+)/.exec(pdf.toString('latin1'))![1]);

/** Lower ends of all texts on all pages, in points from the bottom, and their left ends. */
function placesOf(pdf: Buffer): readonly { readonly x: number; readonly y: number }[] {
  const text = pdf.toString('latin1');
  const streams = [...text.matchAll(/\/Filter \/FlateDecode\n>>\nstream\n/g)].map(({ index, 0: head }) => {
    const start = index + head.length;
    const raw = pdf.subarray(start, pdf.indexOf('\nendstream', start));
    return inflateSync(raw).toString('latin1');
  });
  return streams.flatMap((stream) =>
    [...stream.matchAll(/^1 0 0 1 (-?[\d.]+) (-?[\d.]+) Tm$/gm)].map(([, x, y]) => ({ x: Number(x), y: Number(y) })),
  );
}

describe('a document as a PDF', () => {
  it('is the same file for the same content', async () => {
    const [one, two] = [await pdfOf(printed()), await pdfOf(printed())];
    expect(one.subarray(0, 5).toString()).toBe('%PDF-');
    expect(one.equals(two)).toBe(true);
    expect(one.equals(await pdfOf(printed({ subtitle: 'Draft' })))).toBe(false);
  });

  it('goes on over as many pages as its lines need', async () => {
    const rows = Array.from({ length: 2000 }, (_, n) => ({ cells: [`Line ${n}`, '£1.00'] }));
    const { columns } = printed().table;
    const pdf = await pdfOf(printed({ table: { columns, rows } }));
    expect(pagesOf(await pdfOf(printed()))).toBe(1);
    expect(pagesOf(pdf)).toBeGreaterThan(30);
  });

  it.each([
    ['a word without an end', 'x'.repeat(5000)],
    ['hundreds of lines', 'a\n'.repeat(300)],
    ['scripts', 'Wałęsa Ελλάς Иван שלום עולם مرحبا बालक 漢字 한국 👩‍👩‍👧 £ € ¥'],
    ['what nothing can show', '\0\u0007\ud800\u202eevil\u2066\ufeff'],
    ['nothing', ''],
  ])('holds %s wherever a text can stand, and stays on its pages', async (_, text) => {
    const party = { name: text, lines: [text] };
    const fact = { label: 'Reference', value: text };
    const pdf = await pdfOf(
      printed({
        ...{ title: text.slice(0, 300), subtitle: text, headerText: text, footerText: text, notes: [text] },
        ...{ from: party, to: party, facts: [fact] },
        table: { columns: printed().table.columns, rows: [{ cells: [text, '£1.00'] }] },
      }),
    );
    const places = placesOf(pdf);
    expect(places.length).toBeGreaterThan(3);
    for (const { x, y } of places) {
      expect(x).toBeGreaterThanOrEqual(47);
      expect(x).toBeLessThanOrEqual(548);
      expect(y).toBeGreaterThanOrEqual(40);
      expect(y).toBeLessThanOrEqual(800);
    }
  });

  it('is made of any text whatsoever', async () => {
    const texts = fc.string({ unit: 'binary', maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(texts, texts, async (one, two) => {
        const pdf = await pdfOf(printed({ title: one, to: { name: two }, notes: [one + two] }));
        expect(pagesOf(pdf)).toBeGreaterThan(0);
      }),
      { numRuns: 25 },
    );
  });
});
