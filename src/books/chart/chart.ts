import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import type { Aggregate } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Recorded } from '../../kernel/event.js';
import type { AccountFields, AccountType, ChartAccount, VatTreatment } from './account.js';
import { DEFAULT_CHART } from './default-chart.js';

/** What each event says besides: a code never changes, a name does. The stream is that of all accounts, the revision is not. */
interface OfAccount {
  readonly accountId: string;
  readonly code: string;
  readonly name: string;
  readonly revision: number;
}

export type ChartAccountAdded = DomainEvent<
  'ChartAccountAdded',
  OfAccount & { readonly type: AccountType; readonly vatTreatment: VatTreatment }
>;
export type ChartAccountEdited = DomainEvent<
  'ChartAccountEdited',
  OfAccount & { readonly changes: Changes<AccountFields> }
>;
export type ChartAccountArchived = DomainEvent<'ChartAccountArchived', OfAccount>;
export type ChartAccountRestored = DomainEvent<'ChartAccountRestored', OfAccount>;
export type ChartAccountMarkedConfidential = DomainEvent<'ChartAccountMarkedConfidential', OfAccount>;
export type ChartAccountUnmarkedConfidential = DomainEvent<'ChartAccountUnmarkedConfidential', OfAccount>;
export type ChartEvent =
  | ChartAccountAdded
  | ChartAccountEdited
  | ChartAccountArchived
  | ChartAccountRestored
  | ChartAccountMarkedConfidential
  | ChartAccountUnmarkedConfidential;

/** An organisation's chart of accounts: the default one, and what was made of it. By code. */
export interface Chart {
  readonly accounts: ReadonlyMap<string, ChartAccount>;
}

const record = ({ data }: Recorded<ChartEvent>) => ({ kind: 'chart-account', id: data.accountId });
const named = ({ code, name }: OfAccount): string => `the account ${code} ${name}`;

const events: EventCatalogue<ChartEvent> = {
  ChartAccountAdded: {
    schemaVersion: 1,
    summary: (data) => `added ${named(data)}`,
    changes: ({ code, name, type, vatTreatment }) => asNew({ code, name, type, vatTreatment }),
    record,
  },
  ChartAccountEdited: {
    schemaVersion: 1,
    summary: ({ changes, ...data }) =>
      changes.name === undefined
        ? `edited ${named(data)}`
        : `renamed the account ${data.code} ${changes.name.from} to ${data.name}`,
    changes: changesOf,
    record,
  },
  ChartAccountArchived: {
    schemaVersion: 1,
    summary: (data) => `archived ${named(data)}`,
    changes: () => [{ field: 'archived', from: false, to: true }],
    record,
  },
  ChartAccountRestored: {
    schemaVersion: 1,
    summary: (data) => `took ${named(data)} out of the archive`,
    changes: () => [{ field: 'archived', from: true, to: false }],
    record,
  },
  ChartAccountMarkedConfidential: {
    schemaVersion: 1,
    summary: (data) => `marked ${named(data)} as confidential`,
    changes: () => [{ field: 'confidential', from: false, to: true }],
    record,
  },
  ChartAccountUnmarkedConfidential: {
    schemaVersion: 1,
    summary: (data) => `took the mark of confidentiality off ${named(data)}`,
    changes: () => [{ field: 'confidential', from: true, to: false }],
    record,
  },
};

export const chart: Aggregate<Chart, ChartEvent> = {
  name: 'chart',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => ({ accounts: DEFAULT_CHART }),
  evolve,
  // There is always a chart; whether an account is on it is asked by whoever names one.
  exists: () => true,
  facts: () => ({}),
};

function evolve({ accounts }: Chart, event: Recorded<ChartEvent>): Chart {
  const { code } = event.data;
  const after = evolved(accounts.get(code), event);
  return after === undefined ? { accounts } : { accounts: new Map(accounts).set(code, after) };
}

function evolved(account: ChartAccount | undefined, event: Recorded<ChartEvent>): ChartAccount | undefined {
  const { code, revision } = event.data;
  if (event.type === 'ChartAccountAdded') {
    const { accountId: id, name, type, vatTreatment } = event.data;
    const fields = { name, vatTreatment };
    return { id, code, type, fields, control: false, confidential: false, archived: false, revision };
  }
  if (account === undefined) return undefined;
  switch (event.type) {
    case 'ChartAccountEdited':
      return { ...account, revision, fields: changed(account.fields, event.data.changes) };
    case 'ChartAccountArchived':
      return { ...account, revision, archived: true };
    case 'ChartAccountRestored':
      return { ...account, revision, archived: false };
    case 'ChartAccountMarkedConfidential':
      return { ...account, revision, confidential: true };
    case 'ChartAccountUnmarkedConfidential':
      return { ...account, revision, confidential: false };
  }
}
