import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { isUuid } from '../../kernel/ids.js';
import { invalid, notFound, Refusal } from '../../kernel/refusal.js';
import type { Evidence } from '../commands/evidence.port.js';
import type { Authoriser, Principal, Verdict } from '../commands/principal.js';
import { StoreUnavailable } from '../event-store/event-store.port.js';
import type { Logger } from '../telemetry/logger.js';
import type { Authenticator } from './authenticator.port.js';
import { EdgeContext, readConditions } from './context.js';
import type { Limits } from './limits.js';
import type { RouteFacts } from './route.js';
import type { Seal } from './seal.js';

export interface GateParts {
  readonly authenticator: Authenticator;
  readonly authoriser: Authoriser;
  readonly evidence: Evidence;
  readonly limits: Limits;
  readonly seal: Seal;
  readonly logger: Logger;
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/** Stands for no record: an id that is not one is answered as a record that is not there, in the same order of questions. */
const NO_RECORD = '00000000-0000-0000-0000-000000000000';
const NO_ORGANISATION = '';

const BEARER = /^bearer +([\w.~+/=-]{1,4096})$/i;

/** The token of a request, which stands in this header and nowhere else. */
export const bearerOf = ({ authorization }: IncomingMessage['headers']): string | undefined =>
  BEARER.exec(authorization ?? '')?.[1];

/**
 * Lets requests in before anything of their body is read: who (401), member (404), area (403), then the headers and the
 * media type (400, 415). Whatever goes wrong while asking is a 503; nothing opens the gate but an explicit yes.
 */
export class Gate {
  constructor(private readonly parts: GateParts) {}

  /** The `onRequest` hook of a route. */
  hookFor(facts: RouteFacts): Hook {
    return (request, reply, done) => {
      reply.header('cache-control', 'no-store');
      this.admit(facts, request).then(() => done(), done);
    };
  }

  private async admit(facts: RouteFacts, request: FastifyRequest): Promise<void> {
    const params = request.params as Record<string, string>;
    const organisation = facts.ofOrganisation && isUuid(params['org']!) ? params['org']! : NO_ORGANISATION;
    const context = new EdgeContext(facts, request, organisation);
    request.countersign = context;
    if (facts.mark === 'public' || facts.mark === 'token')
      await this.parts.limits.anonymous(facts.route, context.source.ip);
    const principal = facts.mark === 'public' ? undefined : await this.whoIs(facts, request);
    if (facts.ofOrganisation && organisation === NO_ORGANISATION) throw notFound();
    if (principal !== undefined) {
      context.principal = principal;
      await this.parts.limits.request?.(principal);
      await this.authorise(facts, context, principal);
    }
    readConditions(context, request.raw.headers, this.parts.seal);
    checkQuery(facts, request.query as Record<string, unknown>);
    checkMediaType(facts, request);
    for (const name of facts.ids) if (!isUuid(params[name]!)) params[name] = NO_RECORD;
  }

  /** The principal; undefined only where the route's token speaks for itself and nobody is signed in. */
  private async whoIs(facts: RouteFacts, request: FastifyRequest): Promise<Principal | undefined> {
    const bearer = bearerOf(request.raw.headers);
    const { authenticator } = this.parts;
    const principal = bearer === undefined ? undefined : await this.answerOf(authenticator.authenticate(bearer));
    if (principal === undefined && facts.mark !== 'token') throw unauthenticated();
    return principal;
  }

  private async authorise(facts: RouteFacts, context: EdgeContext, principal: Principal): Promise<void> {
    if (!facts.ofOrganisation) {
      // What a person does outside of organisations, they do in person.
      if (principal.apiKey !== undefined) throw await this.refuse(context, { allowed: false, because: 'area' });
      return;
    }
    const { authoriser } = this.parts;
    const verdict = await this.answerOf(authoriser.authorise(principal, context.organisation, facts.permission));
    if (!verdict.allowed) throw await this.refuse(context, verdict);
    context.authority = verdict.authority;
    context.reach = verdict.reach;
  }

  private async refuse(context: EdgeContext, verdict: Verdict & { allowed: false }): Promise<Refusal> {
    try {
      await this.parts.evidence.refused(context, verdict.because);
    } catch (error) {
      // The refusal stands without its evidence; the port promises not to throw.
      this.parts.logger.error({ err: error, requestId: context.requestId }, 'evidence of a refusal is lost');
    }
    if (verdict.because !== 'area') return notFound();
    const { permission, principal, facts } = context;
    const inPerson = facts.mark !== undefined && principal?.apiKey !== undefined;
    const detail = inPerson ? 'This is done in person, not by an API key' : `This needs the permission ${permission}`;
    return new Refusal('permission-denied', detail, { permission });
  }

  /** Everybody who is asked here may be away; only a clear answer counts. */
  private async answerOf<T>(question: Promise<T>): Promise<T> {
    try {
      return await question;
    } catch (error) {
      if (error instanceof Refusal) throw error;
      throw new StoreUnavailable('Access cannot be decided now', { cause: error });
    }
  }
}

const unauthenticated = (): Refusal => new Refusal('unauthenticated', 'This needs a valid access token or API key');

/** Where no DTO checks the query, it is checked here: known names, each once. */
function checkQuery(facts: RouteFacts, query: Readonly<Record<string, unknown>>): void {
  if (facts.query === 'dto') return;
  for (const name in query) {
    if (!facts.query.has(name)) throw invalid(name.slice(0, 100), 'is not a parameter of this route');
    if (typeof query[name] !== 'string') throw invalid(name, 'must be given once');
  }
}

function checkMediaType({ streams, method }: RouteFacts, request: FastifyRequest): void {
  const { headers } = request.raw;
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    throw new Refusal('unsupported-media-type', 'Send the body without a Content-Encoding');
  }
  if (streams === undefined && (headers['content-type'] === 'application/json' || !hasBody(method, headers))) return;
  const accepted = streams ?? ['application/json'];
  if (request.mediaType === undefined || !accepted.includes(request.mediaType)) {
    throw new Refusal('unsupported-media-type', `Send the body as ${accepted.join(' or ')}`);
  }
}

const hasBody = (method: string, headers: IncomingMessage['headers']): boolean =>
  method !== 'GET' &&
  method !== 'HEAD' &&
  (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0');
