import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { RequestTrace, Tracing } from '../telemetry/tracing.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Only where traces are wanted. */
    trace?: RequestTrace | null;
  }
}

/** A span for every request: by its route, never by its address, which names records. */
export function traceRequests(instance: FastifyInstance, tracing: Tracing): void {
  instance.decorateRequest('trace', null);
  instance.addHook('onRequest', (request, _reply, done) => {
    request.trace = tracing.request(request.raw.headers);
    done();
  });
  // After the body has come in: what follows runs in the context of this hook, what came before in that of the socket.
  instance.addHook('preHandler', (request, _reply, done) => {
    if (request.trace) request.trace.run(() => done());
    else done();
  });
  const end = (request: FastifyRequest, status: number, outcome: string | null): void => {
    const { method } = request;
    const route = request.countersign?.facts.pattern ?? request.routeOptions.url;
    request.trace?.end(
      route === undefined ? method : `${method} ${route}`,
      {
        'http.request.method': method,
        ...(route === undefined ? {} : { 'http.route': route }),
        ...(status === 0 ? {} : { 'http.response.status_code': status }),
        ...(outcome === null ? {} : { 'countersign.outcome': outcome }),
      },
      status >= 500,
    );
    request.trace = null;
  };
  instance.addHook('onResponse', (request, reply, done) => {
    end(request, reply.statusCode, request.outcome);
    done();
  });
  instance.addHook('onRequestAbort', (request, done) => {
    end(request, 0, 'aborted');
    done();
  });
}
