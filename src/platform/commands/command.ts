import { Command, Query } from '@nestjs/cqrs';
import type { PageQuery } from '../http/fields.js';
import type { CommandAnswer, QueryAnswer, RequestContext } from './principal.js';

/** A command on the bus. `name` is the literal, imperative name that stands in the event's metadata. */
export abstract class DomainCommand extends Command<CommandAnswer> {
  abstract readonly name: string;

  constructor(readonly context: RequestContext) {
    super();
  }
}

/** A command that carries what it makes or sets. */
export abstract class CommandWith<Body> extends DomainCommand {
  constructor(
    context: RequestContext,
    readonly body: Body,
  ) {
    super(context);
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

/** A command about a record that carries what becomes of it. */
export abstract class RecordCommandWith<Body> extends RecordCommand {
  constructor(
    context: RequestContext,
    id: string,
    readonly body: Body,
  ) {
    super(context, id);
  }
}

/** A command about a record that says why. */
export abstract class ReasonedCommand extends RecordCommand {
  constructor(
    context: RequestContext,
    id: string,
    readonly reason: string,
  ) {
    super(context, id);
  }
}

export abstract class DomainQuery<T = unknown> extends Query<QueryAnswer<T>> {
  constructor(readonly context: RequestContext) {
    super();
  }
}

/** A query for one record, or about it. */
export abstract class RecordQuery extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly id: string,
  ) {
    super(context);
  }
}

/** A query for a page of a list. */
export abstract class PagedQuery<Filter = PageQuery> extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly filter: Filter,
  ) {
    super(context);
  }
}
