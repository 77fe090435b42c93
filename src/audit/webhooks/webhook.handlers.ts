import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler, type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { Patch } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { conflict, invalid, notFound, Refusal } from '../../kernel/refusal.js';
import { DomainCommand, DomainQuery, RecordCommand } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import {
  AUTHORISER,
  type Authoriser,
  type CommandAnswer,
  QueryAnswer,
  type RequestContext,
} from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { READ_MODEL } from '../../platform/commands/tokens.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { whyNoTarget } from '../../platform/outgoing/target.js';
import type { ReadModel } from '../../platform/read-model/read-model.port.js';
import type { TrailCatalogue } from '../trail/catalogue.js';
import { TRAIL_CATALOGUE } from '../trail/trail.tokens.js';
import { deadLetters } from './dead-letter.js';
import { type Retried, retryLetter } from './dead-letter.decide.js';
import { type DeadLetterDoc, deadLettersView } from './dead-letter.view.js';
import {
  createWebhook,
  deleteWebhook,
  editWebhook,
  MAX_WEBHOOKS,
  pauseWebhook,
  replayWebhook,
  resumeWebhook,
  rotateSecret,
} from './webhook.decide.js';
import { makerOf } from './webhook.eyes.service.js';
import { isLive, type Webhook, type WebhookEvent, type WebhookSettings, webhooks } from './webhook.js';
import { WebhookPost } from './webhook.post.service.js';
import { WebhookSecrets } from './webhook.secrets.service.js';
import { WebhookStarts } from './webhook.start.service.js';
import { WEBHOOK_TUNING, type WebhookTuning } from './webhook.tokens.js';
import { type WebhookDoc, webhooksView } from './webhook.view.js';

export class CreateWebhook extends DomainCommand {
  readonly name = 'CreateWebhook';

  constructor(
    context: RequestContext,
    readonly settings: WebhookSettings,
  ) {
    super(context);
  }
}

export class EditWebhook extends DomainCommand {
  readonly name = 'EditWebhook';

  constructor(
    context: RequestContext,
    readonly id: string,
    readonly patch: Patch<WebhookSettings>,
  ) {
    super(context);
  }
}

export class RotateWebhookSecret extends RecordCommand {
  readonly name = 'RotateWebhookSecret';
}

export class PauseWebhook extends RecordCommand {
  readonly name = 'PauseWebhook';
}

export class ResumeWebhook extends RecordCommand {
  readonly name = 'ResumeWebhook';
}

export class DeleteWebhook extends RecordCommand {
  readonly name = 'DeleteWebhook';
}

export class ReplayWebhook extends DomainCommand {
  readonly name = 'ReplayWebhook';

  constructor(
    context: RequestContext,
    readonly id: string,
    readonly from: string,
  ) {
    super(context);
  }
}

export class RetryDeadLetter extends DomainCommand {
  readonly name = 'RetryDeadLetter';

  constructor(
    context: RequestContext,
    readonly id: string,
    readonly letter: string,
  ) {
    super(context);
  }
}

export class ListWebhooks extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly page: PageQuery,
  ) {
    super(context);
  }
}

export class GetWebhook extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export class ListDeadLetters extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
    readonly page: PageQuery,
  ) {
    super(context);
  }
}

/** Nobody has the trail sent who may not read it. @throws Refusal permission-denied */
async function requireTrail(authoriser: Authoriser, { principal, organisation }: RequestContext): Promise<void> {
  const permission = 'audit:read';
  const verdict = principal && (await authoriser.authorise(principal, organisation, permission));
  if (verdict?.allowed !== true)
    throw new Refusal('permission-denied', `This needs the permission ${permission}`, { permission });
}

const makerIn = ({ principal }: RequestContext) => makerOf(principal ?? { userId: '' });

/** @throws Refusal validation-failed */
function requireSound({ url, types }: Patch<WebhookSettings>, catalogue: TrailCatalogue, tuning: WebhookTuning): void {
  const wrong = url === undefined ? undefined : whyNoTarget(url, tuning);
  if (wrong !== undefined) throw invalid('url', wrong);
  const unknown = types?.find((type) => !Object.hasOwn(catalogue, type));
  if (unknown !== undefined) throw invalid('types', 'must be types of events, such as InvoiceIssued');
}

@CommandHandler(CreateWebhook)
export class CreateWebhookHandler implements ICommandHandler<CreateWebhook> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly secrets: WebhookSecrets,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(READ_MODEL) private readonly model: ReadModel,
    @Inject(TRAIL_CATALOGUE) private readonly catalogue: TrailCatalogue,
    @Inject(WEBHOOK_TUNING) private readonly tuning: WebhookTuning,
  ) {}

  async execute(command: CreateWebhook): Promise<CommandAnswer> {
    const { context, settings } = command;
    requireSound(settings, this.catalogue, this.tuning);
    await requireTrail(this.authoriser, context);
    const { organisation } = context;
    let text = '';
    let secret = '';
    return this.pipeline.create<Webhook, WebhookEvent, number>(webhooks, command, {
      prepare: async (_, id) => {
        ({ text, version: secret } = await this.secrets.make(id));
        const open = [
          { field: 'organisation', eq: organisation },
          { field: 'open', eq: 'yes' },
        ];
        return (await this.model.count(webhooksView, open, MAX_WEBHOOKS)).value;
      },
      decide: (state, deciding, count) =>
        createWebhook({ ...settings, maker: makerIn(context), secret })(state, deciding, count),
      answer: () => ({ extra: { secret: text } }),
    });
  }
}

@CommandHandler(EditWebhook)
export class EditWebhookHandler implements ICommandHandler<EditWebhook> {
  constructor(
    private readonly pipeline: CommandPipeline,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    @Inject(TRAIL_CATALOGUE) private readonly catalogue: TrailCatalogue,
    @Inject(WEBHOOK_TUNING) private readonly tuning: WebhookTuning,
  ) {}

  async execute(command: EditWebhook): Promise<CommandAnswer> {
    const { context, id, patch } = command;
    requireSound(patch, this.catalogue, this.tuning);
    await requireTrail(this.authoriser, context);
    return this.pipeline.change(webhooks, command, id, { decide: editWebhook(patch, makerIn(context)) });
  }
}

@CommandHandler(RotateWebhookSecret)
export class RotateWebhookSecretHandler implements ICommandHandler<RotateWebhookSecret> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly secrets: WebhookSecrets,
  ) {}

  execute(command: RotateWebhookSecret): Promise<CommandAnswer> {
    let text = '';
    let version = '';
    return this.pipeline.change<Webhook, WebhookEvent, undefined>(webhooks, command, command.id, {
      prepare: async (state, id) => {
        await this.secrets.dropOld(id, state);
        ({ text, version } = await this.secrets.make(id));
        return undefined;
      },
      decide: (state, deciding) => rotateSecret(version)(state, deciding, undefined),
      answer: () => ({ extra: { secret: text } }),
    });
  }
}

@CommandHandler(PauseWebhook)
export class PauseWebhookHandler implements ICommandHandler<PauseWebhook> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: PauseWebhook): Promise<CommandAnswer> {
    return this.pipeline.change(webhooks, command, command.id, { decide: pauseWebhook('asked') });
  }
}

@CommandHandler(ResumeWebhook)
export class ResumeWebhookHandler implements ICommandHandler<ResumeWebhook> {
  constructor(
    private readonly pipeline: CommandPipeline,
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
  ) {}

  async execute(command: ResumeWebhook): Promise<CommandAnswer> {
    await requireTrail(this.authoriser, command.context);
    return this.pipeline.change(webhooks, command, command.id, { decide: resumeWebhook(makerIn(command.context)) });
  }
}

@CommandHandler(DeleteWebhook)
export class DeleteWebhookHandler implements ICommandHandler<DeleteWebhook> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly secrets: WebhookSecrets,
  ) {}

  /** Secrets go after the event: what a crash leaves behind signs nothing any more. */
  async execute(command: DeleteWebhook): Promise<CommandAnswer> {
    const answer = await this.pipeline.change(webhooks, command, command.id, { decide: deleteWebhook() });
    await this.secrets.dropOld(command.id, { status: 'deleted' });
    return answer;
  }
}

@CommandHandler(ReplayWebhook)
export class ReplayWebhookHandler implements ICommandHandler<ReplayWebhook> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly starts: WebhookStarts,
  ) {}

  execute(command: ReplayWebhook): Promise<CommandAnswer> {
    const { context, id, from } = command;
    return this.pipeline.change<Webhook, WebhookEvent, Decide<Webhook, WebhookEvent>>(webhooks, command, id, {
      prepare: async () => replayWebhook(await this.starts.find(context, from)),
      decide: (state, deciding, replay) => replay(state, deciding, undefined),
    });
  }
}

@CommandHandler(RetryDeadLetter)
export class RetryDeadLetterHandler implements ICommandHandler<RetryDeadLetter> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly states: StateCache,
    private readonly post: WebhookPost,
  ) {}

  /** One attempt, now. A race may send it twice, under the same id. */
  async execute(command: RetryDeadLetter): Promise<CommandAnswer> {
    const { context, id, letter } = command;
    const { organisation } = context;
    let retried: Retried | undefined;
    const answer = await this.pipeline.change(deadLetters, command, id, {
      about: {
        record: { kind: 'webhook', id },
        factsOf: async () => webhooks.facts((await this.states.load(webhooks, organisation, id)).state),
      },
      prepare: async (letters) => {
        const event = letters.get(letter);
        const { state } = await this.states.load(webhooks, organisation, id);
        if (event === undefined || !isLive(state)) throw notFound();
        const outcome = await this.post.attempt(organisation, id, event, new AbortController().signal);
        switch (outcome.kind) {
          case 'ended':
            throw conflict('webhook-paused', 'The webhook is paused, or whoever set it up may not see this any more');
          case 'passed-over':
            throw conflict('not-for-webhook', 'The webhook is not sent events of this kind any more');
          case 'delivered':
            return (retried = { host: state.host });
          case 'failed':
            return (retried = { host: state.host, error: outcome.error });
        }
      },
      decide: retryLetter(letter),
      answer: () => ({ id: letter, extra: { delivered: retried?.error === undefined, error: retried?.error ?? null } }),
    });
    return answer;
  }
}

@QueryHandler(ListWebhooks)
export class ListWebhooksHandler implements IQueryHandler<ListWebhooks> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, page: { limit, after } }: ListWebhooks): Promise<QueryAnswer> {
    const where = [...withinReach(context), { field: 'open', eq: 'yes' }];
    const { value, position } = await this.views.find(webhooksView, context, { where, sort: 'newest', limit, after });
    return new QueryAnswer({ items: value.items.map(({ key, doc }) => itemOf(key, doc)), next: value.next }, position);
  }
}

@QueryHandler(GetWebhook)
export class GetWebhookHandler implements IQueryHandler<GetWebhook> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id }: GetWebhook): Promise<QueryAnswer> {
    const { value, position } = await openWebhook(this.views, context, id);
    return new QueryAnswer(itemOf(id, value), position, value.revision);
  }
}

/** Newest first. Of an event they say its type; what it holds is for readers of the trail. */
@QueryHandler(ListDeadLetters)
export class ListDeadLettersHandler implements IQueryHandler<ListDeadLetters> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, id, page: { limit, after } }: ListDeadLetters): Promise<QueryAnswer> {
    await openWebhook(this.views, context, id);
    const where = [
      { field: 'organisation', eq: context.organisation },
      { field: 'webhook', eq: id },
    ];
    const { value, position } = await this.views.find(deadLettersView, context, {
      where,
      sort: 'newest',
      limit,
      after,
    });
    return new QueryAnswer({ items: value.items.map(({ doc }) => letterOf(doc)), next: value.next }, position);
  }
}

async function openWebhook(views: ViewReader, context: RequestContext, id: string) {
  const found = await views.record(webhooksView, context, { kind: 'webhook', id });
  if (found.value.open === 'no') throw notFound();
  return found;
}

const itemOf = (id: string, doc: WebhookDoc) => ({
  id,
  revision: doc.revision,
  url: doc.url,
  types: doc.types ?? null,
  description: doc.description ?? null,
  status: doc.status,
  reason: doc.reason ?? null,
  createdBy: doc.createdBy,
  createdAt: doc.createdAt,
  maker: { userId: doc.maker.userId, apiKey: doc.maker.apiKey ?? null },
});

const letterOf = ({ event, type, attempts, error, failedAt, triedAt }: DeadLetterDoc) => ({
  id: event,
  eventId: event,
  type,
  attempts,
  error,
  failedAt,
  triedAt,
});
