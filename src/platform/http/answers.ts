import type { FastifyReply, FastifyRequest, preSerializationHookHandler } from 'fastify';
import { CommandAnswer, QueryAnswer } from '../commands/principal.js';
import type { RouteFacts } from './route.js';
import type { Seal } from './seal.js';

/**
 * The `preSerialization` hook of a route: answers of commands and queries become status, headers and body. Whatever else a
 * handler returns is sent as it is.
 */
export function answersOf(facts: RouteFacts, seal: Seal): preSerializationHookHandler<unknown> {
  return (request, reply, payload, done) => {
    if (payload instanceof CommandAnswer) done(null, commandAnswered(payload, request, reply, facts, seal));
    else if (payload instanceof QueryAnswer) done(null, queryAnswered(payload, reply, seal));
    else done(null, payload);
  };
}

function commandAnswered(
  { id, revision, position, created, extra }: CommandAnswer,
  request: FastifyRequest,
  reply: FastifyReply,
  facts: RouteFacts,
  seal: Seal,
): object {
  const sealed = position === undefined ? null : seal.position(position);
  reply.code(created ? 201 : 200);
  reply.header('etag', `"${revision}"`);
  if (sealed !== null) reply.header('countersign-position', sealed);
  if (created) reply.header('location', locationOf(facts, id, request));
  return { id, revision, position: sealed, ...extra };
}

function queryAnswered({ body, position, revision }: QueryAnswer, reply: FastifyReply, seal: Seal): unknown {
  // A query by POST has made nothing.
  if (reply.statusCode === 201) reply.code(200);
  if (position !== undefined) reply.header('countersign-position', seal.position(position));
  if (revision !== undefined) reply.header('etag', `"${revision}"`);
  return body;
}

/** A PUT makes what stands at its own path; a POST makes an entry of a collection, by default of its own path. */
function locationOf({ collection, single }: RouteFacts, id: string, request: FastifyRequest): string {
  const [path = ''] = request.url.split('?', 1);
  if (request.method === 'PUT' || single) return path;
  const params = request.params as Readonly<Record<string, string>>;
  return `${collection?.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? '')) ?? path}/${id}`;
}
