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

  it('asks to come again where the thread dies over something, and draws what waits behind it by another one', async () => {
    const [first, second] = [service.draw(printed('x')), service.draw(printed('y'))];
    const refused = expect(first).rejects.toMatchObject({ code: 'unavailable' });
    await thread().terminate();
    await refused;
    expect((await second).equals(await pdfOf(printed('y')))).toBe(true);
    expect((await service.draw(printed('x'))).length).toBeGreaterThan(0);
  });

  it('asks to come again where too many wait', async () => {
    const drawing = Array.from({ length: 100 }, (_, n) => service.draw(printed(`${n}`)));
    const ended = Promise.allSettled(drawing);
    await expect(service.draw(printed('x'))).rejects.toMatchObject({ code: 'unavailable' });
    expect((await drawing[0]!).length).toBeGreaterThan(0);
    await service.beforeApplicationShutdown();
    expect(await ended).toHaveLength(100);
  });

  it('draws nothing once it has ended, and leaves nobody waiting', async () => {
    const drawing = [service.draw(printed('x')), service.draw(printed('y'))];
    const refused = Promise.all(drawing.map((one) => expect(one).rejects.toMatchObject({ code: 'unavailable' })));
    await service.beforeApplicationShutdown();
    await refused;
    await expect(service.draw(printed('x'))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
