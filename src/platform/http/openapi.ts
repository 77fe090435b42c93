import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type RefusalCode, REFUSALS } from '../../kernel/refusal.js';
import { DECIMAL_FORMAT } from './fields.js';
import { PROBLEM_TYPE, problemType } from './problem.js';
import type { RouteFacts } from './route.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Parameter = NonNullable<Operation['parameters']>[number];
type Schema = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];

const BEARER = 'bearer';

export interface Told {
  readonly routes: Iterable<RouteFacts>;
  /** What each permission is to people. */
  readonly permissions: ReadonlyMap<string, string>;
  readonly version: string;
}

/**
 * The contract as OpenAPI 3.1: what Nest finds on controllers and DTOs, and for each route what the edge adds to it: permission, headers,
 * answers, problems.
 */
export function openApiOf(app: INestApplication, { routes, permissions, version }: Told): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Countersign')
    .setDescription(
      'Who may do what, and who did it: organisations, permissions, books, and an audit trail that is the data.',
    )
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        description: 'An access token of a session, or an API key (`csk_...`) of the organisation',
      },
      BEARER,
    )
    .build();
  const document = SwaggerModule.createDocument(app, config);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM, Recorded: RECORDED },
    responses: problemResponses(),
  };
  tellDecimals(document.components.schemas);
  for (const facts of routes) {
    const item: PathItem | undefined = document.paths[facts.pattern.replace(/:(\w+)/g, '{$1}')];
    const operation = item?.[facts.method.toLowerCase() as 'get'];
    if (operation !== undefined) complete(operation, facts, permissions);
  }
  return document;
}

/** A decimal may come as text or as a number. */
function tellDecimals(schema: unknown): void {
  if (typeof schema !== 'object' || schema === null) return;
  const { type, format } = schema as { type?: unknown; format?: unknown };
  if (format === DECIMAL_FORMAT) Object.assign(schema, { type: [type, 'number'].flat() });
  else Object.values(schema).forEach(tellDecimals);
}

const PROBLEM: Schema = {
  type: 'object',
  description: 'RFC 9457; `code` tells programs what it is',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string', examples: [problemType('validation-failed')] },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: [...Object.keys(REFUSALS), 'internal'] },
    detail: { type: 'string' },
    rule: { type: 'string', description: 'conflict: the rule of the record that refuses' },
    permission: { type: 'string', description: 'permission-denied: the permission that is missing' },
    secondFactor: {
      type: 'boolean',
      description: 'unauthenticated: the password is right, a code of the second factor is missing, wrong or used',
    },
    errors: {
      type: 'array',
      description: 'validation-failed: what is wrong with which field',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

const RECORDED: Schema = {
  type: 'object',
  description: 'The change is on disk, with its evidence',
  required: ['id', 'revision', 'position'],
  properties: {
    id: { type: 'string', format: 'uuid' },
    revision: { type: 'integer' },
    position: { type: ['string', 'null'], description: 'For Countersign-At-Least of a later query' },
  },
};

const responseName = (code: RefusalCode): string => `problem-${code}`;

type Responses = NonNullable<NonNullable<OpenAPIObject['components']>['responses']>;

function problemResponses(): Responses {
  const content = { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } };
  const retry = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } };
  return Object.fromEntries(
    Object.entries(REFUSALS).map(([code, { status, title }]) => [
      responseName(code as RefusalCode),
      { description: title, content, ...((status === 429 || status === 503) && { headers: retry }) },
    ]),
  );
}

function complete(operation: Operation, facts: RouteFacts, permissions: Told['permissions']): void {
  const writes = facts.method !== 'GET';
  operation.security =
    facts.mark === 'public' ? [] : facts.mark === 'token' ? [{}, { [BEARER]: [] }] : [{ [BEARER]: [] }];
  Object.assign(operation, { 'x-permission': facts.permission });
  operation.description = [operation.description, asksFor(facts, permissions)].filter(Boolean).join('\n\n');
  const parameters = operation.parameters ?? [];
  const missing = [...facts.pattern.matchAll(/:(\w+)/g)]
    .map(([, name]) => name!)
    .filter((name) => !has(parameters, name, 'path'));
  operation.parameters = [
    ...missing.map((name): Parameter => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...parameters.map((parameter) => formatted(parameter, facts)),
    ...headersOf(facts, writes),
  ];
  if (facts.streams !== undefined) {
    const content = facts.streams.map(
      (mediaType) => [mediaType, { schema: { type: 'string', format: 'binary' } }] as const,
    );
    operation.requestBody = { required: true, content: Object.fromEntries(content) };
  }
  operation.responses = { ...successes(operation.responses, writes && !facts.secret), ...problemsOf(facts, writes) };
}

const has = (parameters: readonly Parameter[], name: string, place: string): boolean =>
  parameters.some((parameter) => 'name' in parameter && parameter.name === name && parameter.in === place);

/** Ids of records are UUIDs, whatever the type of the handler's argument says. */
function formatted(parameter: Parameter, facts: RouteFacts): Parameter {
  if (!('name' in parameter) || parameter.in !== 'path') return parameter;
  const isId = parameter.name === 'org' || facts.ids.includes(parameter.name);
  return isId ? { ...parameter, schema: { type: 'string', format: 'uuid' } } : parameter;
}

function asksFor({ mark, permission, ofOrganisation }: RouteFacts, permissions: Told['permissions']): string {
  switch (mark) {
    case undefined:
      return `Permission: \`${permission}\` (${permissions.get(permission)})`;
    case 'public':
      return 'Permission: none';
    case 'token':
      return 'Permission: the token in the body; not with an API key beside it';
    case 'signed-in':
      return `Permission: ${ofOrganisation ? 'any member' : 'anybody who is signed in'}, in person: an API key is answered 403`;
    case 'member':
      return 'Permission: any member or API key; what is found asks for the permission to read it';
    case 'own':
      return 'Permission: about oneself only, in person: an API key is answered 403';
    case 'primary':
      return 'Permission: the Primary only, in person: an API key is answered 403';
  }
}

function headersOf(facts: RouteFacts, writes: boolean): Parameter[] {
  const header = (name: string, description: string): Parameter => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  });
  if (facts.mark === 'public') return [];
  if (!writes) return [header('Countersign-At-Least', 'A position that the answer must reflect; waits up to 2 s')];
  return [
    ...(facts.secret
      ? []
      : [header('Idempotency-Key', '1 to 200 characters; the same request again gets the first answer again')]),
    ...(isOfRecord(facts) ? [header('If-Match', 'The revision that the record must have, as in its ETag')] : []),
  ];
}

/** Whether the path names a record, by its id or by a name. */
const isOfRecord = ({ pattern }: RouteFacts): boolean => /:(?!org\b)\w/.test(pattern);

const position = { description: 'The position that the answer reflects', schema: { type: 'string' } };
const etag = { description: 'The revision, in quotation marks', schema: { type: 'string' } };

/** What the controller says, or the answer of a command. */
function successes(found: Operation['responses'], isCommand: boolean): Operation['responses'] {
  const known = Object.entries(found as Responses).filter(([status]) => status.startsWith('2'));
  if (!isCommand) {
    return Object.fromEntries(
      known.map(([status, response]) => [
        status,
        {
          headers: { 'Countersign-Position': position },
          ...response,
          description: describedBy(response, 'The answer'),
        },
      ]),
    );
  }
  const said = known.filter(([status, response]) => status === '204' || 'content' in response);
  if (said.length > 0) return Object.fromEntries(said);
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Recorded' } } };
  const headers = { ETag: etag, 'Countersign-Position': position };
  return {
    200: { description: 'Changed, or as it was', content, headers },
    201: { description: 'Made', content, headers: { ...headers, Location: { schema: { type: 'string' } } } },
  };
}

const describedBy = (response: object, otherwise: string): string =>
  'description' in response && typeof response.description === 'string' && response.description !== ''
    ? response.description
    : otherwise;

function problemsOf(facts: RouteFacts, writes: boolean): Operation['responses'] {
  const codes: RefusalCode[] = ['validation-failed', 'too-many-requests', 'unavailable'];
  if (facts.mark !== 'public') codes.push('unauthenticated');
  if (facts.mark !== 'public') codes.push('permission-denied');
  if (facts.ofOrganisation || facts.ids.length > 0) codes.push('not-found');
  if (writes) codes.push('conflict');
  if (writes && isOfRecord(facts)) codes.push('precondition-failed');
  if (writes && !facts.secret && facts.mark !== 'public') codes.push('idempotency-mismatch');
  if (facts.takesBody) codes.push('unsupported-media-type', 'too-large');
  return Object.fromEntries(
    codes.map((code) => [REFUSALS[code].status, { $ref: `#/components/responses/${responseName(code)}` }]),
  );
}
