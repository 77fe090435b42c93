import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { RouteOptions } from 'fastify';
import { isMark, type Mark, MARKS } from '../commands/principal.js';

/** Every permission of the catalogue with what it is to people: ReadonlyMap<string, string>. */
export const KNOWN_PERMISSIONS = Symbol('KnownPermissions');

export interface RouteDetails {
  /** The answer holds a secret (a token, a key), so it is never kept or repeated: `Idempotency-Key` is ignored. */
  readonly secret?: boolean;
  /**
   * Where what the route makes is found, as the pattern of its collection, for `Location`. By default it is the route's own
   * path: `POST .../invoices` makes `.../invoices/{id}`; `POST .../invoices/:id/copy` has to say `.../invoices`.
   */
  readonly collection?: string;
  /** What the route makes stands at the route's own path, there being one at most: that is its `Location`. */
  readonly single?: boolean;
  /** Parameters of the path that are names, checked by the handler. All others but `:org` are ids of records. */
  readonly names?: readonly string[];
}

/** What the decorators have noted down on a handler. */
interface Declared extends RouteDetails {
  readonly permission?: string;
  readonly streams?: readonly string[];
  readonly takesBody?: boolean;
  readonly query?: 'dto' | readonly string[];
}

/** What the edge knows of a route before it reads a body. */
export interface RouteFacts {
  readonly method: string;
  /** `/v1/organisations/:org/invoices/:id` */
  readonly pattern: string;
  /** Method and pattern. */
  readonly route: string;
  /** A permission of the catalogue, or a mark. */
  readonly permission: string;
  readonly mark: Mark | undefined;
  /** Whether the route is of an organisation (`:org`). */
  readonly ofOrganisation: boolean;
  /** Parameters that are ids of records. */
  readonly ids: readonly string[];
  /** Media types whose body goes to the handler as a stream; then no other body is accepted. */
  readonly streams: readonly string[] | undefined;
  readonly takesBody: boolean;
  /** Query parameters: checked by a DTO, or these names and no others. */
  readonly query: 'dto' | ReadonlySet<string>;
  readonly secret: boolean;
  readonly collection: string | undefined;
  readonly single: boolean;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    countersign?: object;
  }
}

const DECLARED = Symbol('countersign:route');

/**
 * Every route under `/v1` says what it asks for: a permission of the catalogue, or a mark. The gate checks it before the body is
 * read, OpenAPI tells it, and a route without one fails the boot.
 *
 * The marks: `public` asks nothing; `token`: a token in the body speaks for itself, and a person who happens to be signed in is
 * known; `signed-in`: a person; `own`: the person that the route is about. Under an organisation these two mean any active
 * member. `primary`: the organisation's Primary. These are for people in person, not for API keys. `member`: any active member or
 * API key, for queries that ask for the permission to read whatever they find.
 */
export function Requires(permission: string, details: RouteDetails = {}): MethodDecorator {
  return (target, key, descriptor) => {
    note(target, key, descriptor, { permission, ...details, ...argumentsOf(target, key) });
  };
}

/** The route takes bodies of these media types only, as the raw stream of the request (`@Upload()`), of any size. */
export function Streams(...mediaTypes: string[]): MethodDecorator {
  return (target, key, descriptor) => {
    note(target, key, descriptor, { streams: mediaTypes });
  };
}

/** In the route's config, because Fastify hands that to the hooks that run before anything of Nest does. */
function note(target: object, key: string | symbol, descriptor: PropertyDescriptor, part: Declared): void {
  const handler = descriptor.value as object;
  const declared: Declared = { ...(Reflect.getMetadata(DECLARED, handler) as Declared | undefined), ...part };
  Reflect.defineMetadata(DECLARED, declared, handler);
  RouteConfig({ countersign: declared })(target, key, descriptor);
}

/** Whether the handler takes a body and which query parameters, from its parameter decorators, which run before its own. */
function argumentsOf(target: object, key: string | symbol): Pick<Declared, 'takesBody' | 'query'> {
  const found = Reflect.getMetadata(ROUTE_ARGS_METADATA, target.constructor, key) as
    Record<string, { data?: unknown }> | undefined;
  const of = (type: RouteParamtypes): { data?: unknown }[] =>
    Object.entries(found ?? {}).flatMap(([name, argument]) => (name.startsWith(`${type}:`) ? [argument] : []));
  const query = of(RouteParamtypes.QUERY);
  return {
    takesBody: of(RouteParamtypes.BODY).length > 0,
    query: query.some(({ data }) => typeof data !== 'string') ? 'dto' : query.map(({ data }) => data as string),
  };
}

/**
 * The facts of a route as it is registered; undefined outside of `/v1`.
 *
 * @throws Error, which fails the boot, for a route under `/v1` that names no permission, or one that nobody knows.
 */
export function factsOf(
  options: RouteOptions,
  method: string,
  known: ReadonlyMap<string, string>,
): RouteFacts | undefined {
  const pattern = options.url;
  if (pattern !== '/v1' && !pattern.startsWith('/v1/')) return undefined;
  const route = `${method} ${pattern}`;
  const declared = (options.config?.countersign ?? {}) as Declared;
  const { permission } = declared;
  if (permission === undefined)
    throw new Error(`${route} has no @Requires(): every route under /v1 names a permission or a mark`);
  const mark = isMark(permission) ? permission : undefined;
  if (mark === undefined && !known.has(permission)) {
    throw new Error(
      `${route} requires ${permission}, which is neither in the permission catalogue nor a mark (${MARKS.join(', ')})`,
    );
  }
  const parameters = [...pattern.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const ofOrganisation = parameters.includes('org');
  if (ofOrganisation && (mark === 'public' || mark === 'token')) {
    throw new Error(`${route} is ${mark}, but under :org only members may ask anything`);
  }
  if ((mark === undefined || mark === 'primary' || mark === 'member') && !ofOrganisation)
    throw new Error(`${route} requires ${permission}, but has no :org to hold it in`);
  return {
    method,
    pattern,
    route,
    permission,
    mark,
    ofOrganisation,
    ids: parameters.filter((name) => name !== 'org' && declared.names?.includes(name) !== true),
    streams: declared.streams,
    takesBody: declared.takesBody === true || declared.streams !== undefined,
    query: declared.query === 'dto' ? 'dto' : new Set(declared.query),
    secret: declared.secret === true,
    collection: declared.collection,
    single: declared.single === true,
  };
}
