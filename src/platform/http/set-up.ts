import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { NestApplicationOptions } from '@nestjs/common';
import { Refusal } from '../../kernel/refusal.js';
import { EVIDENCE, type Evidence } from '../commands/evidence.port.js';
import { AUTHORISER, type Authoriser } from '../commands/principal.js';
import type { Settings, TrustProxy } from '../config/settings.js';
import { type Logger, LOGGER, NestLogger, withoutRedaction } from '../telemetry/logger.js';
import { Metrics } from '../telemetry/metrics.js';
import { tracing } from '../telemetry/tracing.js';
import { answersOf } from './answers.js';
import { AUTHENTICATOR, type Authenticator } from './authenticator.port.js';
import { MAX_BODY_BYTES, registerBodyParsers } from './body.js';
import { requestId } from './context.js';
import { serveDocs } from './docs.js';
import { Gate } from './gate.js';
import { Health } from './health.js';
import { Limits } from './limits.js';
import { openApiOf } from './openapi.js';
import { answerBrokenRequest, PROBLEM_TYPE, ProblemFilter, problemOf } from './problem.js';
import { factsOf, KNOWN_PERMISSIONS, type RouteFacts } from './route.js';
import { Seal } from './seal.js';
import { traceRequests } from './trace-requests.js';
import { ValidationPipe } from './validation.js';

/** An import of any size on a slow line has an hour; commands are small. */
const REQUEST_TIMEOUT_MS = 60 * 60 * 1000;

/** The web server, before there is an application: `NestFactory.create(AppModule, httpAdapter(settings), nestOptions(logger))`. */
export function httpAdapter({ trustProxy }: Pick<Settings, 'trustProxy'>): FastifyAdapter {
  return new Together({
    logger: false,
    genReqId: requestId,
    trustProxy: trusted(trustProxy),
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: 200 },
    // What comes in while the server closes is served; its connection is closed after that.
    return503OnClosing: false,
    // There is no middleware.
    skipMiddie: true,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: sendProblem,
  });
}

/**
 * Answers that become ready in one turn of the event loop leave together at its end: a commit makes many of them, and a client
 * that is woken for the first one is still awake for the rest. By then each has ended, so that Nest, which waits for the
 * reply, does not have it watched for its end.
 */
class Together extends FastifyAdapter {
  private turn: Promise<void> | undefined;

  override reply(...answer: Parameters<FastifyAdapter['reply']>): ReturnType<FastifyAdapter['reply']> {
    // Nest does nothing with it but wait.
    return this.endOfTurn().then(() => super.reply(...answer)) as never;
  }

  private endOfTurn(): Promise<void> {
    return (this.turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.turn = undefined;
        resolve();
      });
    }));
  }
}

/** Options that the edge relies on: bodies are its own affair, and a failing boot throws instead of ending the process. */
export const nestOptions = (logger: Logger): NestApplicationOptions => ({
  logger: new NestLogger(logger),
  bodyParser: false,
  abortOnError: false,
});

const trusted = (trustProxy: TrustProxy): boolean | string[] | ((address: string, hop: number) => boolean) =>
  typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : trustProxy === false ? false : [...trustProxy];

/** Malformed URLs are refused by the router, before there is a route or a hook. */
function sendProblem(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers, body } = problemOf(error);
  void reply
    .code(status)
    .headers({ ...headers, 'x-request-id': request.id, 'content-type': PROBLEM_TYPE })
    .send(body);
}

/** The edge, once it stands. */
export interface Edge {
  /** Every route under `/v1`, once the application is initialised. */
  readonly routes: readonly RouteFacts[];
  /**
   * Ends the application in good order: not ready any more, no new connections, each connection closed after its answer, and what
   * is still open after `deadlineMs` cut off.
   */
  close(deadlineMs: number): Promise<void>;
}

/** Registers everything of the edge. Call it after `NestFactory.create` and before `listen` or `init`. */
export function setUpHttp(app: NestFastifyApplication, { version }: { readonly version: string }): Edge {
  // Nest's adapter has types of its own for an instance that is the same.
  const instance = app.getHttpAdapter().getInstance();
  const find = <T>(token: symbol | (abstract new (...args: never[]) => T)): T => app.get<T>(token, { strict: false });
  const logger = find<Logger>(LOGGER);
  const seal = find(Seal);
  const health = find(Health);
  const gate = new Gate({
    authenticator: find<Authenticator>(AUTHENTICATOR),
    authoriser: find<Authoriser>(AUTHORISER),
    evidence: find<Evidence>(EVIDENCE),
    limits: find(Limits),
    seal,
    logger,
  });
  instance.decorateRequest('countersign', null);
  instance.decorateRequest('outcome', null);
  registerBodyParsers(instance);
  watchRequests(instance, health, withoutRedaction(logger), find(Metrics));
  // Behind the log line, which names the trace.
  if (tracing !== undefined) traceRequests(instance, tracing);
  const permissions = find<ReadonlyMap<string, string>>(KNOWN_PERMISSIONS);
  const routes = declareRoutes(instance, permissions, gate, seal);
  app.useGlobalPipes(new ValidationPipe());
  app.useGlobalFilters(new ProblemFilter(logger));
  void instance.register((docs) =>
    serveDocs(docs as unknown as FastifyInstance, () => openApiOf(app, { routes, permissions, version })),
  );
  return { routes, close: (deadlineMs) => close(app, instance, health, deadlineMs) };
}

/** The gate and the answers of each route, as it is registered. A route that breaks a rule fails the boot here. */
function declareRoutes(
  instance: FastifyInstance,
  known: ReadonlyMap<string, string>,
  gate: Gate,
  seal: Seal,
): readonly RouteFacts[] {
  const routes: RouteFacts[] = [];
  instance.addHook('onRoute', (options) => {
    for (const method of [options.method].flat()) {
      const facts = factsOf(options, method, known);
      if (facts === undefined) continue;
      options.onRequest = [gate.hookFor(facts)];
      options.preSerialization = [answersOf(facts, seal)];
      routes.push(facts);
    }
  });
  return routes;
}

/** For every request: its id, headers that browsers heed, one line in the log, and the clock. */
function watchRequests(instance: FastifyInstance, health: Health, log: Logger, metrics: Metrics): void {
  instance.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    if (health.isLeaving) reply.header('connection', 'close');
    // Before the body of a request to nowhere is read.
    done(request.is404 ? new Refusal('not-found', 'There is nothing at this address') : undefined);
  });
  instance.addHook('onResponse', (request, reply, done) => {
    const { countersign: context, method } = request;
    const { statusCode: status, elapsedTime: ms } = reply;
    const route = context?.facts.pattern ?? request.routeOptions.url ?? 'none';
    metrics.http.observe({ method, route, status }, ms / 1000);
    if (context !== null && method !== 'GET' && method !== 'HEAD') {
      metrics.commands.inc({ permission: context.permission, outcome: request.outcome ?? 'accepted' });
    }
    if (request.outcome !== null) {
      metrics.refusals.inc({ permission: context?.permission ?? 'none', code: request.outcome });
    }
    const organisation = context?.organisation;
    const outcome = request.outcome ?? undefined;
    const traceId = request.trace?.traceId;
    log.info(
      { requestId: request.id, method, route, status, ms: Math.round(ms * 10) / 10, organisation, outcome, traceId },
      'request',
    );
    done();
  });
}

/** How often (milliseconds) connections are closed whose last answer has gone out meanwhile. */
const SWEEP_MS = 50;

async function close(
  app: NestFastifyApplication,
  { server }: FastifyInstance,
  health: Health,
  deadlineMs: number,
): Promise<void> {
  health.leave();
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}
