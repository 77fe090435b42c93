import type { Worker } from 'node:worker_threads';
import type { Printed } from './printed.js';
import { pdfOf } from './printed.layout.js';
import { PdfService } from './pdf.service.js';

const printed = (title: string): Printed => ({ title, table: { columns: [{ label: 'x', share: 1 }], rows: [] } });

describe('drawing in a thread', () => {
  let service: PdfService;
  const thread = (): Worker => (service as unknown as { worker: Worker }).worker;
  beforeEach(() => (service = new PdfService()));
  afterEach(() => service.beforeApplicationShutdown());

  it('comes to what it comes to without one, each its own', async () => {
    const titles = ['One', 'Two', 'Three'];
    const drawn = await Promise.all(titles.map((title) => service.draw(printed(title))));
    for (const [index, pdf] of drawn.entries()) expect(pdf.equals(await pdfOf(printed(titles[index]!)))).toBe(true);
  });

  it('says that something cannot be drawn without saying what it was, and goes on', async () => {
    const broken = { title: 'secret', table: null } as unknown as Printed;
    await expect(service.draw(broken)).rejects.toThrow(/^A document could not be drawn \(TypeError\)$/);
    expect((await service.draw(printed('x'))).length).toBeGreaterThan(0);
  });

  it('asks to come again where the thread dies, and starts another one', async () => {
    const drawing = service.draw(printed('x'));
    const refused = expect(drawing).rejects.toMatchObject({ code: 'unavailable' });
    await thread().terminate();
    await refused;
    expect((await service.draw(printed('x'))).length).toBeGreaterThan(0);
  });

  it('asks to come again where too many wait, and draws those', async () => {
    const drawing = Array.from({ length: 100 }, (_, n) => service.draw(printed(`${n}`)));
    await expect(service.draw(printed('x'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(await Promise.all(drawing)).toHaveLength(100);
  });

  it('draws nothing once it has ended', async () => {
    await service.beforeApplicationShutdown();
    await expect(service.draw(printed('x'))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
