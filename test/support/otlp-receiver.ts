import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A span as OTLP/HTTP sends it in JSON (https://opentelemetry.io/docs/specs/otlp/), attributes as plain values. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly start: bigint;
  readonly end: bigint;
  readonly failed: boolean;
  readonly service: unknown;
}

interface Value {
  readonly stringValue?: string;
  readonly intValue?: number | string;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
  readonly arrayValue?: { readonly values: readonly Value[] };
}
type KeyValues = readonly { readonly key: string; readonly value: Value }[];

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: KeyValues };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly kind: number;
        readonly attributes: KeyValues;
        readonly startTimeUnixNano: string;
        readonly endTimeUnixNano: string;
        readonly status: { readonly code?: number };
      }[];
    }[];
  }[];
}

const STATUS_ERROR = 2;

/** An OTLP/HTTP receiver of traces on the loopback interface. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** Everything that was sent, as text. */
  text = '';

  private constructor(private readonly server: Server) {}

  static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const isTraces = request.url === '/v1/traces' && request.headers['content-type'] === 'application/json';
        if (isTraces) receiver.take(Buffer.concat(chunks).toString());
        response.writeHead(isTraces ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The first span that fits; waits for it up to ten seconds. */
  async span(what: string, fits: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan> {
    for (let waited = 0; waited < 10_000; waited += 20) {
      const found = this.spans.find(fits);
      if (found !== undefined) return found;
      await sleep(20);
    }
    throw new Error(`no span of ${what} among ${this.spans.map(({ name }) => name).join(', ')}`);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private take(text: string): void {
    this.text += text;
    for (const { resource, scopeSpans } of (JSON.parse(text) as Export).resourceSpans) {
      for (const { spans } of scopeSpans) {
        for (const { parentSpanId = '', ...span } of spans) {
          this.spans.push({
            traceId: span.traceId,
            spanId: span.spanId,
            parentSpanId: parentSpanId === '' ? undefined : parentSpanId,
            name: span.name,
            kind: span.kind,
            attributes: plain(span.attributes),
            start: BigInt(span.startTimeUnixNano),
            end: BigInt(span.endTimeUnixNano),
            failed: span.status.code === STATUS_ERROR,
            service: plain(resource.attributes)['service.name'],
          });
        }
      }
    }
  }
}

const plain = (attributes: KeyValues): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));

const valueOf = ({ arrayValue, stringValue, intValue, doubleValue, boolValue }: Value): unknown =>
  arrayValue?.values.map(valueOf) ??
  stringValue ??
  (intValue === undefined ? (doubleValue ?? boolValue) : Number(intValue));
