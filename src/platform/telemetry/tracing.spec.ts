import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Refusal } from '../../kernel/refusal.js';
import { OtlpTracing } from './otlp-tracing.js';
import { streamCategory, wantsTraces } from './tracing.js';

describe('traces are wanted', () => {
  const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:4318';
  it.each([
    [false, {}],
    [false, { OTEL_SERVICE_NAME: 'x' }],
    [false, { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
    [true, { OTEL_EXPORTER_OTLP_ENDPOINT }],
    [true, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }],
    [false, { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' }],
    [false, { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }],
  ])('%s by %j', (wanted, environment) => {
    expect(wantsTraces(environment)).toBe(wanted);
  });
});

describe('the category of a stream', () => {
  it.each([
    ['invoice-01999999-9999-7999-8999-999999999999/01999999-9999-7999-8999-999999999998', 'invoice'],
    ['credit-note-01999999-9999-7999-8999-999999999999/x', 'credit-note'],
    ['account-01999999-9999-7999-8999-999999999999', 'account'],
    // An HMAC may begin like a name.
    ['email-abc-def', 'email'],
    ['system-reactor-mails', 'system'],
    ['0199', 'other'],
  ])('of %s is %s', (stream, category) => {
    expect(streamCategory(stream)).toBe(category);
  });
});

describe('spans', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  let tracing: OtlpTracing;
  beforeEach(() => {
    exporter.reset();
    tracing = new OtlpTracing(provider.getTracer('spec'), () => Promise.resolve());
  });
  afterAll(() => provider.shutdown());

  const spans = (): readonly string[] => exporter.getFinishedSpans().map(({ name }) => name);
  const inRequest = (work: () => Promise<unknown>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const request = tracing.request({});
      request.run(() => void work().then(resolve, reject));
    });
  const append = (position: string, stream = 'note-1'): Promise<unknown> =>
    tracing.append({ stream, command: 'Note', events: 1 }, async () => ({ revision: 0, position }));

  it('of the views follow when all of an append is seen, in whatever order that is told', async () => {
    await inRequest(() => append('p5'));
    tracing.moved(['a'], 'p4');
    expect(spans()).toEqual(['append note']);
    tracing.moved(['a', 'b'], 'p6');
    expect(spans()).toEqual(['append note', 'views']);
    // The projector may be faster than the acknowledgement.
    await inRequest(() => append('p6'));
    expect(spans().filter((name) => name === 'views')).toHaveLength(2);
    tracing.moved(['a', 'b'], 'p9');
    expect(spans()).toHaveLength(4);
  });

  it('are not made for what no request asked for', async () => {
    await append('p1');
    tracing.moved(['a'], 'p1');
    expect(spans()).toEqual([]);
  });

  it('of views that never come are given up: memory is bounded', async () => {
    await inRequest(async () => {
      for (let i = 0; i < 2500; i++) await append(`p${String(i).padStart(5, '0')}`);
    });
    exporter.reset();
    tracing.moved(['a'], 'p99999');
    expect(spans()).toHaveLength(2000);
  });

  it('tell the class of an error and nothing of what it says', async () => {
    const failing = tracing.command('Note', () => Promise.reject(new TypeError("'in' of Jane")));
    await expect(failing).rejects.toThrow('Jane');
    const refused = tracing.command('Note', () => Promise.reject(new Refusal('conflict', 'Jane was faster')));
    await expect(refused).rejects.toThrow(Refusal);
    const [error, refusal] = exporter.getFinishedSpans();
    expect(error).toMatchObject({ status: { code: 2 }, events: [] });
    expect(error!.attributes).toEqual({
      'countersign.command': 'Note',
      'countersign.outcome': 'TypeError',
      'error.type': 'TypeError',
    });
    expect(refusal).toMatchObject({ status: { code: 0 }, events: [] });
    expect(refusal!.attributes).toEqual({ 'countersign.command': 'Note', 'countersign.outcome': 'conflict' });
    expect(JSON.stringify(exporter.getFinishedSpans().map(({ status }) => status))).not.toContain('Jane');
  });
});
