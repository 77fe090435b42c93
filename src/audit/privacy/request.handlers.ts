import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Decide } from '../../kernel/decider.js';
import type { Instant } from '../../kernel/event.js';
import { DomainCommand } from '../../platform/commands/command.js';
import { CommandPipeline } from '../../platform/commands/pipeline.js';
import type { CommandAnswer, RequestContext } from '../../platform/commands/principal.js';
import { type PrivacyRequest, type PrivacyRequestEvent, privacyRequests, type RequestKind } from './request.js';
import { receiveRequest } from './request.decide.js';
import { Subjects } from './subjects.service.js';

export class ReceivePrivacyRequest extends DomainCommand {
  readonly name = 'ReceivePrivacyRequest';

  constructor(
    context: RequestContext,
    readonly body: { readonly subject: string; readonly kind: RequestKind; readonly receivedAt?: Instant },
  ) {
    super(context);
  }
}

/** The next step of a request. */
export class ChangePrivacyRequest extends DomainCommand {
  constructor(
    context: RequestContext,
    readonly name:
      | 'ExtendPrivacyRequest'
      | 'PausePrivacyRequest'
      | 'ResumePrivacyRequest'
      | 'CompletePrivacyRequest'
      | 'RefusePrivacyRequest',
    readonly id: string,
    readonly decide: Decide<PrivacyRequest, PrivacyRequestEvent>,
  ) {
    super(context);
  }
}

@CommandHandler(ReceivePrivacyRequest)
export class ReceivePrivacyRequestHandler implements ICommandHandler<ReceivePrivacyRequest> {
  constructor(
    private readonly pipeline: CommandPipeline,
    private readonly subjects: Subjects,
  ) {}

  execute(command: ReceivePrivacyRequest): Promise<CommandAnswer> {
    const { context, body } = command;
    return this.pipeline.create(privacyRequests, command, {
      prepare: async () => {
        const { kind, id } = await this.subjects.require(context, body.subject);
        return { kind, id };
      },
      decide: receiveRequest(body.kind, body.receivedAt),
      answer: ([event]) => (event?.type === 'PrivacyRequestReceived' ? { extra: { dueAt: event.data.dueAt } } : {}),
    });
  }
}

@CommandHandler(ChangePrivacyRequest)
export class ChangePrivacyRequestHandler implements ICommandHandler<ChangePrivacyRequest> {
  constructor(private readonly pipeline: CommandPipeline) {}

  execute(command: ChangePrivacyRequest): Promise<CommandAnswer> {
    return this.pipeline.change(privacyRequests, command, command.id, { decide: command.decide });
  }
}
