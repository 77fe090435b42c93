import { Command, Query } from '@nestjs/cqrs';
import type { CommandAnswer, QueryAnswer, RequestContext } from './principal.js';

/** A command on the bus. `name` is the literal, imperative name that stands in the event's metadata. */
export abstract class DomainCommand extends Command<CommandAnswer> {
  abstract readonly name: string;

  constructor(readonly context: RequestContext) {
    super();
  }
}

/** A command about a record that is there. */
export abstract class RecordCommand extends DomainCommand {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

export abstract class DomainQuery<T = unknown> extends Query<QueryAnswer<T>> {
  constructor(readonly context: RequestContext) {
    super();
  }
}
