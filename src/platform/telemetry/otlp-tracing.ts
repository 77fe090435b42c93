import {
  type Attributes,
  type Context,
  diag,
  DiagLogLevel,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
  ROOT_CONTEXT,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { Refusal } from '../../kernel/refusal.js';
import { type Logger, masked } from './logger.js';
import { type RequestTrace, type SpanAttributes, streamCategory, type Tracing } from './tracing.js';

/** Appends that wait for the views to reflect them; with more, those that have waited longest get no span of the views. */
const MAX_WAITING = 2000;

const headerOf = {
  get: (headers: IncomingHttpHeaders, name: string) => headers[name],
  keys: (headers: IncomingHttpHeaders) => Object.keys(headers),
};

/** How long (milliseconds) one export may take, retries included, where the environment says nothing: so long may a shutdown wait. */
const EXPORT_TIMEOUT_MS = 3000;

interface Waiting {
  readonly append: SpanContext;
  readonly category: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/**
 * Traces to an OTLP receiver over HTTP with JSON, configured by the standard variables (OTEL_EXPORTER_OTLP_*, OTEL_BSP_*,
 * OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES). Nothing global is registered but the place where the SDK
 * says what goes wrong.
 */
export function startOtlpTracing(logger: Logger, version: string): Tracing {
  const told = (message: string, ...more: unknown[]): void =>
    logger.warn({ from: 'OpenTelemetry' }, masked([message, ...more.map(String)].join(' ')));
  const quiet = (): void => undefined;
  diag.setLogger(
    { error: told, warn: told, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': 'countersign', 'service.version': version }))
    .merge(detectResources({ detectors: [envDetector] }));
  const { OTEL_EXPORTER_OTLP_TIMEOUT, OTEL_EXPORTER_OTLP_TRACES_TIMEOUT } = process.env;
  const timeout =
    (OTEL_EXPORTER_OTLP_TRACES_TIMEOUT ?? OTEL_EXPORTER_OTLP_TIMEOUT) === undefined
      ? { timeoutMillis: EXPORT_TIMEOUT_MS }
      : {};
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(timeout))],
  });
  return new OtlpTracing(provider.getTracer('countersign', version), () => provider.shutdown());
}

export class OtlpTracing implements Tracing {
  private readonly current = new AsyncLocalStorage<Context>();
  private readonly propagator = new W3CTraceContextPropagator();
  /** By position, in the order of their acknowledgements. */
  private readonly waiting = new Map<string, Waiting>();
  private lastMove: { readonly views: readonly string[]; readonly position: string } | undefined;

  constructor(
    private readonly tracer: Tracer,
    private readonly shutdown: () => Promise<void>,
  ) {}

  request(headers: IncomingHttpHeaders): RequestTrace {
    const parent = this.propagator.extract(ROOT_CONTEXT, headers, headerOf);
    const span = this.tracer.startSpan('request', { kind: SpanKind.SERVER }, parent);
    const context = trace.setSpan(parent, span);
    return {
      traceId: span.spanContext().traceId,
      run: (work) => this.current.run(context, work),
      end: (name, attributes, failed) => {
        span.updateName(name).setAttributes(asAttributes(attributes));
        if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }

  command<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.within(name, SpanKind.INTERNAL, { 'countersign.command': name }, async (span) => {
      try {
        const answer = await work();
        span.setAttribute('countersign.outcome', 'accepted');
        return answer;
      } catch (error) {
        span.setAttribute('countersign.outcome', error instanceof Refusal ? error.code : nameOf(error));
        throw error;
      }
    });
  }

  async append<T extends { readonly revision: number; readonly position: string }>(
    { stream, command, events }: { readonly stream: string; readonly command: string; readonly events: number },
    work: () => Promise<T>,
  ): Promise<T> {
    if (this.current.getStore() === undefined) return work();
    const category = streamCategory(stream);
    const attributes = {
      'countersign.stream.category': category,
      'countersign.command': command,
      'countersign.events': events,
    };
    return this.within(`append ${category}`, SpanKind.CLIENT, attributes, async (span) => {
      const appended = await work();
      span.setAttribute('countersign.revision', appended.revision);
      if (span.isRecording()) {
        this.await(appended.position, { append: span.spanContext(), category, since: Date.now() });
      }
      return appended;
    });
  }

  moved(views: readonly string[], position: string): void {
    this.lastMove = { views, position };
    for (const [appended, waiting] of this.waiting) {
      if (appended > position) continue;
      this.waiting.delete(appended);
      this.seen(waiting, views);
    }
  }

  close(): Promise<void> {
    return this.shutdown();
  }

  /** The projector's word may be faster than the writer's. */
  private await(position: string, waiting: Waiting): void {
    if (this.lastMove !== undefined && position <= this.lastMove.position) {
      this.seen(waiting, this.lastMove.views);
      return;
    }
    if (this.waiting.size >= MAX_WAITING) {
      const [oldest] = this.waiting.keys();
      this.waiting.delete(oldest!);
    }
    this.waiting.set(position, waiting);
  }

  /** From the acknowledgement to the moment in which readers see it. */
  private seen({ append, category, since }: Waiting, views: readonly string[]): void {
    const parent = trace.setSpanContext(ROOT_CONTEXT, append);
    const attributes = { 'countersign.stream.category': category, 'countersign.views': [...views] };
    this.tracer.startSpan('views', { kind: SpanKind.CONSUMER, startTime: since, attributes }, parent).end();
  }

  private within<T>(
    name: string,
    kind: SpanKind,
    attributes: SpanAttributes,
    work: (span: Span) => Promise<T>,
  ): Promise<T> {
    const parent = this.current.getStore() ?? ROOT_CONTEXT;
    const span = this.tracer.startSpan(name, { kind, attributes: asAttributes(attributes) }, parent);
    return this.current.run(trace.setSpan(parent, span), async () => {
      try {
        return await work(span);
      } catch (error) {
        // A refusal is an answer. Of an error only its class is told: what it says may hold data.
        if (!(error instanceof Refusal)) {
          span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', nameOf(error));
        }
        throw error;
      } finally {
        span.end();
      }
    });
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : typeof error);

/** The API's type has mutable lists. */
const asAttributes = (attributes: SpanAttributes): Attributes => attributes as Attributes;
