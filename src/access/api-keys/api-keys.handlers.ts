import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { RecordFacts } from '../../kernel/decider.js';
import { notFound } from '../../kernel/refusal.js';
import { DomainCommand, DomainQuery } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import { type CommandAnswer, QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import { type Clock, CLOCK } from '../../platform/commands/tokens.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { newId } from '../../platform/random.js';
import { about } from '../answers.js';
import { type ApiKeyDoc, apiKeysView } from '../organisations/api-key.view.js';
import { createApiKey, deleteApiKey, type NewApiKey } from '../organisations/api-keys.decide.js';
import { organisations, type OrganisationState } from '../organisations/organisation.js';
import { newKeyText } from './api-key.text.js';

export type ApiKeyBody = Omit<NewApiKey, 'keyId' | 'hash' | 'hint'>;

export class CreateApiKey extends DomainCommand {
  readonly name = 'CreateApiKey';

  constructor(
    context: RequestContext,
    readonly body: ApiKeyBody,
  ) {
    super(context);
  }
}

export class DeleteApiKey extends DomainCommand {
  readonly name = 'DeleteApiKey';

  constructor(
    context: RequestContext,
    readonly keyId: string,
  ) {
    super(context);
  }
}

export class ListApiKeys extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly query: PageQuery,
  ) {
    super(context);
  }
}

export class GetApiKey extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly keyId: string,
  ) {
    super(context);
  }
}

/** Keys are decided on in the stream of their organisation, and each is its maker's record. */
const keyRecord = (id: string, factsOf: (state: OrganisationState) => RecordFacts) => ({
  record: { kind: 'api-key', id },
  factsOf,
});

@CommandHandler(CreateApiKey)
export class CreateApiKeyHandler implements ICommandHandler<CreateApiKey> {
  constructor(
    private readonly pipeline: CommandPipeline,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** No repeat of it is answered (the route's answer is a secret), so the key can be made up before anything is decided. */
  execute(command: CreateApiKey): Promise<CommandAnswer> {
    const { organisation, principal } = command.context;
    const keyId = newId(this.clock());
    const { text, hash, hint } = newKeyText({ organisation, id: keyId });
    return this.pipeline.change(organisations, command, organisation, {
      makes: true,
      about: keyRecord(keyId, () => ({ createdBy: principal?.userId })),
      decide: createApiKey({ ...command.body, keyId, hash, hint }),
      answer: () => ({ id: keyId, extra: { key: text } }),
    });
  }
}

@CommandHandler(DeleteApiKey)
export class DeleteApiKeyHandler implements ICommandHandler<DeleteApiKey> {
  constructor(private readonly pipeline: CommandPipeline) {}

  async execute(command: DeleteApiKey): Promise<CommandAnswer> {
    const { keyId, context } = command;
    const answer = await this.pipeline.change(organisations, command, context.organisation, {
      about: keyRecord(keyId, ({ apiKeys }) => ({ createdBy: apiKeys.get(keyId)?.userId })),
      decide: deleteApiKey(keyId),
    });
    return about(keyId, answer);
  }
}

/** Those that nobody has ended, the newest first; expired ones are told by their end. */
@QueryHandler(ListApiKeys)
export class ListApiKeysHandler implements IQueryHandler<ListApiKeys> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, query: { limit, after } }: ListApiKeys): Promise<QueryAnswer> {
    const where = [...withinReach(context), { field: 'status', eq: 'open' }];
    const { value, position } = await this.views.find(apiKeysView, context, { where, sort: 'newest', limit, after });
    return new QueryAnswer({ items: value.items.map(({ key, doc }) => keyItem(key, doc)), next: value.next }, position);
  }
}

@QueryHandler(GetApiKey)
export class GetApiKeyHandler implements IQueryHandler<GetApiKey> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, keyId }: GetApiKey): Promise<QueryAnswer> {
    const { value, position } = await this.views.record(apiKeysView, context, { kind: 'api-key', id: keyId });
    if (value.status !== 'open') throw notFound();
    return new QueryAnswer(keyItem(keyId, value), position);
  }
}

export function keyItem(id: string, doc: ApiKeyDoc) {
  const { name, hint, permissions, roles, createdBy, createdAt, expiresAt = null, lastUsedAt = null } = doc;
  const powers = permissions === undefined ? { roles } : { permissions };
  return { id, name, hint, ...powers, createdBy, createdAt, expiresAt, lastUsedAt };
}
