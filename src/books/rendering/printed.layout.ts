import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import PDFDocument from 'pdfkit';
import { runsOf } from './bidi.layout.js';
import type { Column, Fact, Party, Printed, Row } from './printed.js';
import { linesOf, type Measure, printable } from './text.js';

/** Points. A4 upright (ISO 216). */
const PAGE = { width: 595.28, height: 841.89 };
const MARGIN = 48;
const WIDTH = PAGE.width - 2 * MARGIN;
const FOOT = 40;
const BOTTOM = PAGE.height - MARGIN - FOOT;
const GAP = 8;
const BODY = 9;
const SMALL = 7.5;
const LEADING = 1.35;
const INK = '#1a1a1a';
const FAINT = '#6b6b6b';
const RULE = '#d0d0d0';
const ACCENT = '#1f3a5f';

/** Two weights of one family that has Latin, Greek, Cyrillic, Hebrew, Arabic and some more; other scripts show as boxes. */
type Weight = 'regular' | 'bold';
const { resolve } = createRequire(import.meta.url);
const FONTS: Readonly<Record<Weight, Buffer>> = {
  regular: readFileSync(resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')),
  bold: readFileSync(resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')),
};

/** Words that were measured once are not measured again; most of a long document is the same few. */
const REMEMBERED = 20_000;
/** A document has no date of its making: the same content is the same file. */
const TIMELESS = new Date(0);

interface Look {
  readonly weight?: Weight;
  readonly size?: number;
  readonly colour?: string;
  readonly align?: 'left' | 'right';
}

/** The document as a PDF: the same for the same content, byte for byte. */
export async function pdfOf(printed: Printed): Promise<Buffer> {
  const sheet = new Sheet(printed.title, printable(printed.footerText ?? ''));
  const accent = printed.accentColour ?? ACCENT;
  head(sheet, printed, accent);
  table(sheet, printed, accent);
  for (const total of printed.totals ?? []) totalLine(sheet, total);
  for (const note of printed.notes ?? []) {
    sheet.space(GAP);
    sheet.paragraph(note, MARGIN, WIDTH, { colour: FAINT });
  }
  return sheet.finish();
}

function head(sheet: Sheet, { title, subtitle, from, to, facts = [], headerText }: Printed, accent: string): void {
  const half = (WIDTH - 2 * GAP) / 2;
  const right = MARGIN + half + 2 * GAP;
  sheet.sideBySide(
    () => {
      sheet.paragraph(title, MARGIN, half, { weight: 'bold', size: 18, colour: accent });
      if (subtitle !== undefined) sheet.paragraph(subtitle, MARGIN, half, { colour: FAINT });
    },
    () => from && party(sheet, from, right, half),
  );
  sheet.space(2 * GAP);
  sheet.sideBySide(
    () => to && party(sheet, to, MARGIN, half),
    () => {
      for (const { label, value } of facts)
        sheet.sideBySide(
          () => sheet.paragraph(label, right, half * 0.4, { colour: FAINT }),
          () => sheet.paragraph(value, right + half * 0.4, half * 0.6),
        );
    },
  );
  if (headerText !== undefined) {
    sheet.space(2 * GAP);
    sheet.paragraph(headerText, MARGIN, WIDTH);
  }
  sheet.space(2 * GAP);
}

function party(sheet: Sheet, { name, lines = [] }: Party, x: number, width: number): void {
  sheet.paragraph(name, x, width, { weight: 'bold' });
  for (const line of lines) sheet.paragraph(line, x, width);
}

interface Placed extends Column {
  readonly x: number;
  readonly width: number;
}

function table(sheet: Sheet, { table: { columns, rows } }: Printed, accent: string): void {
  const shares = columns.reduce((sum, { share }) => sum + share, 0);
  let x = MARGIN;
  const placed = columns.map((column): Placed => {
    const width = (WIDTH * column.share) / shares;
    x += width;
    return { ...column, x: x - width, width: width - GAP };
  });
  // The last column ends where the page does.
  const last = placed.at(-1);
  if (last !== undefined) placed[placed.length - 1] = { ...last, width: last.width + GAP };
  const labels = { cells: columns.map(({ label }) => label), strong: true };
  const heading = (): void => {
    tableRow(sheet, placed, labels, accent);
    sheet.rule(accent);
  };
  heading();
  sheet.onNewPage(heading);
  for (const row of rows) {
    tableRow(sheet, placed, row, INK);
    sheet.rule(RULE);
  }
  sheet.onNewPage(undefined);
  sheet.space(GAP);
}

/** A row goes over to the next page line by line, so no row is too tall. */
function tableRow(sheet: Sheet, columns: readonly Placed[], { cells, strong = false }: Row, colour: string): void {
  const weight = strong ? 'bold' : 'regular';
  const wrapped = columns.map(({ width }, index) => sheet.wrap(cells[index] ?? '', width, { weight }));
  const height = Math.max(...wrapped.map(({ length }) => length));
  sheet.space(2);
  for (let line = 0; line < height; line++) {
    sheet.line((y) => {
      for (const [index, { x, width, align = 'left' }] of columns.entries())
        sheet.draw(wrapped[index]![line] ?? '', x, y, width, { weight, align, colour });
    }, BODY);
  }
  sheet.space(2);
}

function totalLine(sheet: Sheet, { label, value, strong = false }: Fact): void {
  const weight = strong ? 'bold' : 'regular';
  const middle = MARGIN + WIDTH * 0.7;
  sheet.line((y) => {
    sheet.draw(printable(label).replaceAll('\n', ' '), MARGIN, y, WIDTH * 0.7 - GAP, { weight, align: 'right' });
    sheet.draw(printable(value).replaceAll('\n', ' '), middle, y, WIDTH * 0.3, { weight, align: 'right' });
  }, BODY);
}

/** Pages that are filled from the top. */
class Sheet {
  private readonly doc: PDFKit.PDFDocument;
  private readonly done: Promise<Buffer>;
  private readonly widths = new Map<string, number>();
  private newPage: (() => void) | undefined;
  private y = MARGIN;

  constructor(
    title: string,
    private readonly footer: string,
  ) {
    const info = { Title: printable(title), Producer: 'Countersign', Creator: 'Countersign', CreationDate: TIMELESS };
    this.doc = new PDFDocument({ size: [PAGE.width, PAGE.height], margin: MARGIN, bufferPages: true, font: '', info });
    for (const [name, font] of Object.entries(FONTS)) this.doc.registerFont(name, font);
    const parts: Buffer[] = [];
    this.done = new Promise((resolve, reject) => {
      this.doc.on('data', (part: Buffer) => parts.push(part));
      this.doc.on('end', () => resolve(Buffer.concat(parts)));
      this.doc.on('error', reject);
    });
  }

  /** What is drawn at the top of each page that follows. */
  onNewPage(draw: (() => void) | undefined): void {
    this.newPage = draw;
  }

  /** Empty space; none at the top of a page that it would have to begin. */
  space(height: number): void {
    this.y += height;
  }

  wrap(text: string, width: number, { weight = 'regular', size = BODY }: Look = {}): readonly string[] {
    return linesOf(printable(text), width, this.measure(weight, size));
  }

  paragraph(text: string, x: number, width: number, look: Look = {}): void {
    for (const line of this.wrap(text, width, look))
      this.line((y) => this.draw(line, x, y, width, look), look.size ?? BODY);
  }

  /** One line of the page, on the next page where there is no room for it. */
  line(draw: (y: number) => void, size: number): void {
    const height = size * LEADING;
    if (this.y + height > BOTTOM) {
      this.doc.addPage();
      this.y = MARGIN;
      this.newPage?.();
    }
    draw(this.y);
    this.y += height;
  }

  /** Two blocks that begin at the same height; what follows is below both. */
  sideBySide(left: () => void, right: () => void): void {
    const [top, page] = [this.y, this.page];
    left();
    const [leftEnd, leftPage] = [this.y, this.page];
    // Where the first has gone over to another page, the second stands below it.
    if (leftPage !== page) return right();
    this.y = top;
    right();
    if (this.page === leftPage) this.y = Math.max(this.y, leftEnd);
  }

  rule(colour: string): void {
    const { doc, y } = this;
    doc
      .moveTo(MARGIN, y)
      .lineTo(MARGIN + WIDTH, y)
      .lineWidth(0.5)
      .strokeColor(colour)
      .stroke();
  }

  /** A line of text within a width, its runs in the order in which they are read. */
  draw(line: string, x: number, y: number, width: number, look: Look): void {
    if (line === '') return;
    const { weight = 'regular', size = BODY, colour = INK, align = 'left' } = look;
    const { doc } = this;
    doc.font(weight).fontSize(size).fillColor(colour);
    const runs = runsOf(line);
    const measured = runs.map(({ text, rightToLeft }) => doc.widthOfString(text, optionsOf(rightToLeft)));
    let at = align === 'left' ? x : x + width - measured.reduce((sum, one) => sum + one, 0);
    for (const [index, { text, rightToLeft }] of runs.entries()) {
      doc.text(text, at, y, optionsOf(rightToLeft));
      at += measured[index]!;
    }
  }

  finish(): Promise<Buffer> {
    const { start, count } = this.doc.bufferedPageRange();
    // Two lines at most: a footer must not grow into the page.
    const lines = this.footer === '' ? [] : this.wrap(this.footer, WIDTH * 0.8, { size: SMALL }).slice(0, 3);
    for (let page = start; page < start + count; page++) {
      this.doc.switchToPage(page);
      const y = PAGE.height - MARGIN - FOOT + GAP;
      const look = { size: SMALL, colour: FAINT };
      for (const [index, line] of lines.entries())
        this.draw(line, MARGIN, y + index * SMALL * LEADING, WIDTH * 0.8, look);
      this.draw(`${page + 1} / ${count}`, MARGIN, y, WIDTH, { ...look, align: 'right' });
    }
    this.doc.end();
    return this.done;
  }

  private get page(): number {
    return this.doc.bufferedPageRange().count;
  }

  private measure(weight: Weight, size: number): Measure {
    return (text) => {
      const key = `${weight}${text}`;
      let width = this.widths.get(key);
      if (width === undefined) {
        width = this.doc.font(weight).fontSize(1).widthOfString(text);
        if (this.widths.size < REMEMBERED) this.widths.set(key, width);
      }
      return width * size;
    };
  }
}

/** With features named, pdfkit shapes a run in one piece, which is what turns it round. */
const optionsOf = (rightToLeft: boolean): PDFKit.Mixins.TextOptions =>
  rightToLeft ? { lineBreak: false, features: ['kern'] } : { lineBreak: false };
