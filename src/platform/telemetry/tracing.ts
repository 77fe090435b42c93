import type { IncomingHttpHeaders } from 'node:http';

export type SpanAttributes = Readonly<Record<string, string | number | readonly string[]>>;

/** A request on its way. */
export interface RequestTrace {
  /** 32 hexadecimal digits: the same as the client's where it sent a `traceparent`. */
  readonly traceId: string;
  /** What `work` starts, also later, is a part of this request. */
  run(work: () => void): void;
  /** `failed`: it was this service's fault. Once only. */
  end(name: string, attributes: SpanAttributes, failed: boolean): void;
}

/**
 * Spans of one request: HTTP, its command, its appends, and the views once they reflect those. No attribute holds an id of
 * a person or a record, an address, or anything that somebody typed.
 */
export interface Tracing {
  request(headers: IncomingHttpHeaders): RequestTrace;
  /** The span of a command; its outcome is `accepted`, the code of its refusal, or the name of the error. */
  command<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** The span of an append within a request; outside of one there is no span. */
  append<T extends { readonly revision: number; readonly position: string }>(
    append: { readonly stream: string; readonly command: string; readonly events: number },
    work: () => Promise<T>,
  ): Promise<T>;
  /** Readers of these views see everything up to `position`. */
  moved(views: readonly string[], position: string): void;
  /** Sends what has not been sent yet. */
  close(): Promise<void>;
}

/**
 * Of the process; undefined where no traces are wanted, which is the default: then nothing of OpenTelemetry is loaded, and
 * the path of a command pays one comparison for each span that is not made.
 */
export let tracing: Tracing | undefined;

export function useTracing(started: Tracing | undefined): void {
  tracing = started;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the standard variables of OpenTelemetry ask for traces: an endpoint is named, and nothing turns them off. */
export function wantsTraces(environment: Environment): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT } = environment;
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER = 'otlp' } = environment;
  const isNamed = [OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT].some(
    (endpoint) => endpoint !== undefined && endpoint.trim() !== '',
  );
  return isNamed && OTEL_SDK_DISABLED?.toLowerCase() !== 'true' && OTEL_TRACES_EXPORTER === 'otlp';
}

/** The part of a stream's name that tells what it holds, without whose it is: `invoice`, `credit-note`, `email`. */
export const streamCategory = (stream: string): string =>
  (/^([a-z]+(?:-[a-z]+)*)-[0-9a-f]{8}-[0-9a-f]{4}-/.exec(stream) ?? /^([a-z]+)/.exec(stream))?.[1] ?? 'other';
