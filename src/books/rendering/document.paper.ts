import type { Minor } from '../../kernel/money.js';
import type { TemplateContent } from '../document-templates/document-template.js';
import { longDate, money, percent } from './amounts.js';
import { type PaperDocument, type Sender, titleOf } from './document.js';
import type { Fact, Party, Printed, Row } from './printed.js';

const STANDINGS = {
  draft: 'DRAFT: this is no valid document',
  void: 'VOID: this document is not valid',
  good: undefined,
};

/** A document on paper, in the look of a template. Credit notes show what is credited: amounts the other way round. */
export function paperOf(document: PaperDocument, sender: Sender, template: Partial<TemplateContent>): Printed {
  const { lines, currency, standing, kind } = document;
  const shown = (amount: Minor): string => money(kind === 'credit-note' ? 0 - amount : amount, currency);
  const { headerText, footerText, terms, accentColour } = template;
  const subtitle = STANDINGS[standing];
  return {
    title: titleOf(document),
    ...(subtitle === undefined ? {} : { subtitle }),
    ...(accentColour === undefined ? {} : { accentColour }),
    from: partyOf(sender),
    ...(document.to === null ? {} : { to: addressee(document.to) }),
    facts: factsOf(document),
    ...(headerText === undefined ? {} : { headerText }),
    table: {
      columns: [
        { label: 'Description', share: 5 },
        { label: 'Quantity', share: 1.3, align: 'right' },
        { label: 'Unit price', share: 1.5, align: 'right' },
        { label: 'VAT', share: 0.9, align: 'right' },
        { label: 'Net', share: 1.6, align: 'right' },
      ],
      rows: lines.map(({ description, quantity, unitPrice, vatRate, net }): Row => ({
        cells: [description, quantity, unitPrice, percent(vatRate), shown(net)],
      })),
    },
    totals: totalsOf(document, shown),
    ...(terms === undefined ? {} : { notes: [terms] }),
    ...(footerText === undefined ? {} : { footerText }),
  };
}

const partyOf = ({ name, address, phone, email, website }: Sender): Party => ({
  name,
  lines: [address, phone, email, website].filter((line) => line !== undefined),
});

const addressee = (to: Exclude<PaperDocument['to'], null>): Party =>
  to === 'erased' ? { name: to } : { name: to.name, lines: to.country === undefined ? [] : [to.country] };

const factsOf = ({ date, dueDate, validUntil, reference }: PaperDocument): readonly Fact[] => [
  { label: 'Date', value: longDate(date) },
  ...(dueDate === undefined ? [] : [{ label: 'Due', value: longDate(dueDate) }]),
  ...(validUntil === undefined ? [] : [{ label: 'Valid until', value: longDate(validUntil) }]),
  ...(reference === undefined ? [] : [{ label: 'Reference', value: reference }]),
];

/** VAT is told for each rate, with what it is on (VAT Regulations 1995, reg. 14). */
function totalsOf({ lines, net, vat, total }: PaperDocument, shown: (amount: Minor) => string): readonly Fact[] {
  const rates = new Map<number, { net: Minor; vat: Minor }>();
  for (const line of lines) {
    const sum = rates.get(line.vatRate) ?? { net: 0, vat: 0 };
    rates.set(line.vatRate, { net: sum.net + line.net, vat: sum.vat + line.vat });
  }
  const byRate = [...rates].sort(([a], [b]) => a - b);
  return [
    { label: 'Net', value: shown(net) },
    ...byRate.map(([rate, sum]) => ({ label: `VAT ${percent(rate)} on ${shown(sum.net)}`, value: shown(sum.vat) })),
    ...(rates.size > 1 ? [{ label: 'VAT', value: shown(vat) }] : []),
    { label: 'Total', value: shown(total), strong: true },
  ];
}
