import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { soughtTokens } from '../../kernel/words.js';
import { DomainQuery } from '../../platform/commands/command.js';
import { QueryAnswer, type RequestContext } from '../../platform/commands/principal.js';
import type { PageQuery } from '../../platform/http/fields.js';
import { ViewReader } from '../../platform/http/view-reader.js';
import { withinReach } from '../../platform/http/within-reach.js';
import { activeContacts, type CustomerDoc, customersView } from './customer.view.js';

export interface AddressBookSearch extends PageQuery {
  readonly q?: string;
}

export class ReadAddressBook extends DomainQuery {
  constructor(
    context: RequestContext,
    readonly search: AddressBookSearch,
  ) {
    super(context);
  }
}

/** How to reach the customers, as far as the permission goes: who is assigned to projects sees the clients of these. */
@QueryHandler(ReadAddressBook)
export class ReadAddressBookHandler implements IQueryHandler<ReadAddressBook> {
  constructor(private readonly views: ViewReader) {}

  async execute({ context, search }: ReadAddressBook): Promise<QueryAnswer> {
    const sought = soughtTokens(search.q ?? '');
    const { value, position } = await this.views.find(customersView, context, {
      where: [
        ...withinReach(context),
        { field: 'status', eq: 'active' },
        ...sought.map((token) => ({ field: 'texts', has: token })),
      ],
      sort: 'newest',
      limit: search.limit,
      after: search.after,
    });
    // Whoever's data may only be stored is written to by nobody.
    const usable = value.items.filter(({ doc }) => doc.restricted !== true);
    return new QueryAnswer({ items: usable.map(({ key, doc }) => answerOf(key, doc)), next: value.next }, position);
  }
}

const answerOf = (id: string, doc: CustomerDoc) => ({
  id,
  kind: 'customer',
  name: doc.name,
  email: doc.email ?? null,
  phone: doc.phone ?? null,
  country: doc.country ?? null,
  contacts: activeContacts(doc)
    .filter(({ restricted }) => !restricted)
    .map(({ contactId, fields: { name, role, email, phone } }) => ({
      id: contactId,
      name,
      role: role ?? null,
      email: email ?? null,
      phone: phone ?? null,
    })),
});
