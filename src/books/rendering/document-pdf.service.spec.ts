import { MemoryEventStore } from '../../../test/support/memory-event-store.js';
import { type Aggregate, streamOf } from '../../kernel/decider.js';
import type { DomainEvent, Recorded } from '../../kernel/event.js';
import type { Codec } from '../../platform/codec/codec.port.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import type { StoredEvent } from '../../platform/event-store/event-store.port.js';
import { customers } from '../customers/customer.js';
import { documentTemplates } from '../document-templates/document-template.js';
import type { PaperDocument } from './document.js';
import { DocumentPdf } from './document-pdf.service.js';
import type { PdfService } from './pdf.service.js';

const ORG = 'o1';
const codec = {
  open: async (events: readonly StoredEvent[]) => events as unknown as readonly Recorded[],
  openWithoutPersonal: (event: StoredEvent) => event as unknown as Recorded,
} as unknown as Codec;
const invoice: PaperDocument = {
  ...{ kind: 'invoice', number: 7, standing: 'good', to: { name: 'Rosa Klein' }, customerId: 'c1' },
  ...{ date: '2026-03-01', currency: 'GBP', lines: [], net: 0, vat: 0, total: 0 },
};

describe('the template in which a document is put on paper', () => {
  let store: MemoryEventStore;
  let pdf: DocumentPdf;
  let events = 0;

  const happened = async (
    aggregate: Pick<Aggregate<never, never>, 'name' | 'within'>,
    id: string,
    type: string,
    data: object,
  ): Promise<void> => {
    const event: DomainEvent & { id: string } = { id: `e${events++}`, type, data };
    const metadata = { actor: { kind: 'user', id: 'ann' }, command: 'C', correlationId: 'c', requestId: 'r' } as const;
    await store.append(streamOf(aggregate, ORG, id), 'any', [{ ...event, schemaVersion: 1, metadata }]);
  };
  const template = (templateId: string, more: object = {}) =>
    happened(documentTemplates, ORG, 'DocumentTemplateCreated', {
      ...{ templateId, name: templateId, footerText: `the foot of ${templateId}`, kind: 'invoice' },
      ...{ default: false, createdBy: 'ann', ...more },
    });
  const customer = (defaultTemplateId: string) =>
    happened(customers, 'c1', 'CustomerCreated', {
      ...{ customerId: 'c1', createdBy: 'ann', name: 'Rosa Klein', defaultTemplateId },
    });
  /** Whose foot is at the foot of the page. */
  const footOf = async (document: PaperDocument): Promise<string | undefined> =>
    /the foot of (\w+)/.exec((await pdf.draw(ORG, document)).toString())?.[1];

  beforeEach(() => {
    store = new MemoryEventStore();
    const drawing = { draw: async (printed: object) => Buffer.from(JSON.stringify(printed)) } as unknown as PdfService;
    const organisations = { nameOf: async () => 'Hale & Daughters' };
    pdf = new DocumentPdf(drawing, new StateCache(store, codec), organisations as never);
  });

  it("is the document's own, then the customer's, then the brand's default, then the organisation's", async () => {
    await template('Own');
    await template('Theirs');
    await template('Norths', { brandId: 'north', default: true });
    await template('Ours', { default: true });
    expect(await footOf({ ...invoice, customerId: 'nobody' })).toBe('Ours');
    expect(await footOf({ ...invoice, customerId: 'nobody', brandId: 'north' })).toBe('Norths');
    await customer('Theirs');
    expect(await footOf(invoice)).toBe('Theirs');
    expect(await footOf({ ...invoice, brandId: 'north' })).toBe('Theirs');
    expect(await footOf({ ...invoice, templateId: 'Own' })).toBe('Own');
  });

  it.each([
    ['for documents of another kind', { kind: 'estimate' }],
    ['of another brand', { brandId: 'south' }],
  ])("is not the customer's where that is %s", async (_name, more) => {
    await template('Theirs', more);
    await template('Ours', { default: true });
    await customer('Theirs');
    expect(await footOf({ ...invoice, brandId: 'north' })).toBe('Ours');
  });

  it("is not the customer's once that is in the archive", async () => {
    await template('Theirs');
    await customer('Theirs');
    await happened(documentTemplates, ORG, 'DocumentTemplateArchived', {
      templateId: 'Theirs',
      name: 'x',
      revision: 1,
    });
    expect(await footOf(invoice)).toBeUndefined();
  });
});
