import { Inject, Injectable } from '@nestjs/common';
import { brands } from '../../books/contract.js';
import { AUTHORISER, type Authoriser, type Principal } from '../../platform/commands/principal.js';
import { StateCache } from '../../platform/commands/state-cache.js';
import { NOTIFICATION_KINDS, type NotificationKind } from './notification-kinds.js';
import type { Offer } from './notification-settings.decide.js';
import { NotificationSight } from './notification-sight.service.js';

/** Which notifications somebody can be told of at all, by what they hold now. */
@Injectable()
export class NotificationOffers {
  constructor(
    @Inject(AUTHORISER) private readonly authoriser: Authoriser,
    private readonly sight: NotificationSight,
    private readonly states: StateCache,
  ) {}

  /** In the order of the kinds; of each, what is set without a brand comes first. */
  async of(principal: Principal, organisation: string): Promise<readonly Offer[]> {
    const { state } = await this.states.load(brands, '', organisation);
    const everyBrand = [...state.byId.keys()];
    const offers = await Promise.all(
      [...NOTIFICATION_KINDS.values()].map(async (kind) => ({
        kind,
        brands: await this.brandsFor(principal, organisation, kind, everyBrand),
      })),
    );
    return offers.filter((offer) => offer.brands.length > 0);
  }

  /** The brands for which the person sets this kind, `undefined` for none of them; nothing where they are not told at all. */
  private async brandsFor(
    principal: Principal,
    organisation: string,
    kind: NotificationKind,
    everyBrand: readonly string[],
  ): Promise<Offer['brands']> {
    const area = await this.authoriser.authorise(principal, organisation, kind.permission);
    if (!area.allowed) return [];
    const chooses = await Promise.all(
      everyBrand.map((brandId) => this.sight.choosesBrand(principal, organisation, kind, brandId)),
    );
    const chosen = everyBrand.filter((_, index) => chooses[index]);
    const { userId } = principal;
    // With facts of its own a record has no brand; otherwise there may be one that is theirs.
    const theirs = kind.facts ?? { createdBy: userId, assigned: [userId] };
    const without = await this.sight.maySee(principal, organisation, kind, theirs);
    const isForAll = kind.facts === undefined && chosen.length === 0;
    return without || isForAll ? [undefined, ...chosen] : chosen;
  }
}
