import { Injectable } from '@nestjs/common';
import type { Condition } from '../../kernel/view.js';
import type { Principal, RequestContext } from '../../platform/commands/principal.js';
import { Seal } from '../../platform/http/seal.js';
import { earliest, ViewReader } from '../../platform/http/view-reader.js';
import { NotificationSight } from './notification-sight.service.js';
import { type NotificationDoc, notificationsView, ownerOf } from './notification.view.js';

/** A notification that its person may see now. */
export interface Shown extends NotificationDoc {
  readonly id: string;
}

export interface ShownPage {
  /** Newest first. */
  readonly items: readonly Shown[];
  /** There is one only where there is more to see, but for somebody who may not see thousands in a row. */
  readonly next: string | null;
  readonly position: string | undefined;
}

export interface NotificationQuery {
  readonly state?: NotificationDoc['state'] | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
}

const AT_ONCE = 200;
const MAX_ROUNDS = 20;
const CURSOR = 'notifications';

/** A person's notifications, without those of records that they may not read today. */
@Injectable()
export class NotificationList {
  constructor(
    private readonly views: ViewReader,
    private readonly sight: NotificationSight,
    private readonly seal: Seal,
  ) {}

  /** @throws Refusal validation-failed for a cursor of another list */
  async page(context: RequestContext, { state, limit, after }: NotificationQuery): Promise<ShownPage> {
    const items: Shown[] = [];
    let before = this.seal.after(after, CURSOR, context.organisation);
    let position: string | undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const found = await this.views.find(notificationsView, context, {
        where: conditions(context, state, before),
        sort: 'newest',
        limit: AT_ONCE,
      });
      position = round === 0 ? found.position : earliest(position, found.position);
      const docs = found.value.items.map(({ key, doc }) => ({ ...doc, id: key }));
      items.push(...(await this.sight.visible(principalOf(context), context.organisation, docs)));
      // One more than asked for tells that there is more.
      if (items.length > limit) return this.cut(context, items.slice(0, limit), position);
      if (found.value.next === null) return { items, next: null, position };
      before = docs.at(-1)?.created;
    }
    return { items, next: this.cursor(context, before ?? ''), position };
  }

  private cut(context: RequestContext, items: readonly Shown[], position: string | undefined): ShownPage {
    return { items, next: this.cursor(context, items.at(-1)?.created ?? ''), position };
  }

  private cursor({ organisation }: RequestContext, before: string): string {
    return this.seal.cursor(before, CURSOR, organisation);
  }
}

/** The routes of this folder let in only who has signed in. */
export function principalOf({ principal }: RequestContext): Principal {
  if (principal === undefined) throw new Error('A route about oneself was reached by nobody');
  return principal;
}

function conditions(
  context: RequestContext,
  state: NotificationDoc['state'] | undefined,
  before: string | undefined,
): readonly Condition[] {
  const owner = ownerOf(context.organisation, principalOf(context).userId);
  return [
    { field: 'owner', eq: owner },
    ...(state === undefined ? [] : [{ field: 'state', eq: state }]),
    ...(before === undefined ? [] : [{ field: 'created', before }]),
  ];
}
