import { counted } from '../../kernel/counted.js';
import { recordIdOf, type RecordFacts } from '../../kernel/decider.js';
import { personOf, type Recorded } from '../../kernel/event.js';
import { type Grant, grantsText, type Permission } from '../../access/contract.js';
import type { ImportEvent } from '../../books/contract.js';
import type { TaskEvent } from '../contract.js';

/** Where somebody wants to be told of something. */
export interface Channels {
  readonly inApp: boolean;
  readonly mail: boolean;
}

export interface RecordOf {
  readonly kind: string;
  readonly id: string;
}

/** What an event gives reason to tell. Nothing personal: it is kept in the log. */
export interface Occasion {
  readonly record: RecordOf;
  /** The people whom the event is about; for the kinds that tell these. */
  readonly concerned: readonly string[];
  /** What the sentence says besides the record's name. */
  readonly detail?: string;
}

/** One kind of notification. */
export interface NotificationKind {
  /** Literal, in settings and in the log; never changes. */
  readonly key: string;
  /** For people. */
  readonly label: string;
  /** What one must hold on the record to be offered and shown it; `own`: it is about oneself, so being a member will do. */
  readonly permission: Permission | 'own';
  /**
   * Whether it is set for each brand whose records one reads, and for records without one. Whoever reads single records
   * only (assigned, own) does not choose brands: for them the setting without a brand is for all.
   */
  readonly branded: boolean;
  /** What holds of every such record, also of one that is gone; by default each is asked for its own. */
  readonly facts?: RecordFacts;
  /** `concerned`: the people whom an event is about; `watchers`: whoever has switched it on. */
  readonly tells: 'concerned' | 'watchers';
  /** Of those who never said anything else. All off where watchers are told, who are found by what they said. */
  readonly byDefault: Channels;
  /** Whether somebody is told of what they did themselves: only where the work went on without them. */
  readonly tellsActor?: true;
  readonly types: readonly string[];
  readonly occasion: (event: Recorded) => Occasion;
  /** What happened; `label` is what the record is called, for whoever may read it. */
  readonly sentence: (label: string | undefined, detail: string | undefined) => string;
}

const OFF: Channels = { inApp: false, mail: false };
const IN_APP: Channels = { inApp: true, mail: false };

/** What is read of the events of access, whose contract does not tell of them. */
interface OfMember {
  readonly userId: string;
}
interface OfRoles extends OfMember {
  readonly from: readonly Grant[];
  readonly to: readonly Grant[];
}
interface OfProject {
  readonly projectId: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

const dataOf = <Data extends object>(event: Recorded): Data => event.data as Data;
const ofStream =
  (kind: string) =>
  (event: Recorded): Occasion => ({ record: { kind, id: recordIdOf(event.stream) }, concerned: [] });

const ofMember = (event: Recorded): Occasion => {
  const { userId } = dataOf<OfMember>(event);
  return { record: { kind: 'member', id: userId }, concerned: [userId] };
};

const ofRoles = (event: Recorded): Occasion => {
  const { from, to } = dataOf<OfRoles>(event);
  return { ...ofMember(event), detail: `${grantsText(from)} -> ${grantsText(to)}` };
};

const ofApiKey = (event: Recorded): Occasion => ({
  record: { kind: 'api-key', id: dataOf<{ readonly keyId: string }>(event).keyId },
  concerned: [],
});

const ofProject = (event: Recorded): Occasion => {
  const { projectId, from, to } = dataOf<OfProject>(event);
  return { record: { kind: 'project', id: projectId }, concerned: to.filter((userId) => !from.includes(userId)) };
};

const ofTask = (event: Recorded): Occasion => ({
  ...ofStream('task')(event),
  concerned: newAssignees(event as Recorded<TaskEvent>),
});

function newAssignees({ type, data }: Recorded<TaskEvent>): readonly string[] {
  switch (type) {
    case 'TaskCreated':
      return data.assignees;
    case 'TaskEdited': {
      const { from = [], to = [] } = data.changes.assignees ?? {};
      return to.filter((userId) => !from.includes(userId));
    }
    case 'TaskCompleted':
    case 'TaskReopened':
      return [];
  }
}

type ImportEnded = Extract<ImportEvent, { type: 'ImportFinished' | 'ImportFailed' }>['data'];

/** An import of invoices. Imports of other kinds ask for other permissions, and are no record of this kind: nobody is told. */
const ofImport = (event: Recorded): Occasion => {
  const { counts } = dataOf<ImportEnded>(event);
  const person = personOf(event.metadata.actor);
  const made =
    'invoices' in counts
      ? `${counted(counts.invoices, 'invoice')} and ${counted(counts.creditNotes, 'credit note')} made, `
      : '';
  return {
    ...ofStream('import')(event),
    concerned: person === undefined ? [] : [person],
    detail: `${made}${counted(counts.rowsRejected, 'row')} rejected`,
  };
};

const withDetail = (sentence: string, detail: string | undefined): string =>
  detail === undefined ? sentence : `${sentence}: ${detail}`;

const invoiceKind = (
  key: string,
  label: string,
  type: string,
  sentence: NotificationKind['sentence'],
): NotificationKind => ({
  key,
  label,
  permission: 'invoices:read',
  branded: true,
  tells: 'watchers',
  byDefault: OFF,
  types: [type],
  occasion: ofStream('invoice'),
  sentence,
});

const memberKind = (
  key: string,
  label: string,
  types: readonly string[],
  did: string,
  occasion: (event: Recorded) => Occasion = ofMember,
): NotificationKind => ({
  key,
  label,
  permission: 'members:read',
  branded: false,
  facts: {},
  tells: 'watchers',
  byDefault: OFF,
  types,
  occasion,
  sentence: (member = 'Somebody', detail) => withDetail(`${member} ${did}`, detail),
});

const importKind = (key: string, label: string, type: string, sentence: string): NotificationKind => ({
  key,
  label,
  permission: 'invoices:import',
  branded: false,
  tells: 'watchers',
  byDefault: OFF,
  types: [type],
  occasion: ofImport,
  sentence: (_, detail) => withDetail(sentence, detail),
});

const KINDS: readonly NotificationKind[] = [
  invoiceKind(
    'invoice-issued',
    'An invoice is issued',
    'InvoiceIssued',
    (invoice = 'An invoice') => `${invoice} was issued`,
  ),
  invoiceKind(
    'payment-recorded',
    'A payment of an invoice is recorded',
    'PaymentRecorded',
    (invoice = 'an invoice') => `A payment of ${invoice} was recorded`,
  ),
  invoiceKind(
    'invoice-voided',
    'An invoice is voided',
    'InvoiceVoided',
    (invoice = 'An invoice') => `${invoice} was voided`,
  ),
  importKind('import-finished', 'An import is finished', 'ImportFinished', 'An import of invoices is finished'),
  importKind('import-failed', 'An import fails', 'ImportFailed', 'An import of invoices could not be finished'),
  {
    ...importKind('own-import-ended', 'An import that you began ends', 'ImportFinished', ''),
    types: ['ImportFinished', 'ImportFailed'],
    tells: 'concerned',
    byDefault: IN_APP,
    tellsActor: true,
    sentence: (_, detail) => withDetail('Your import of invoices has ended', detail),
  },
  memberKind('invitation-accepted', 'An invitation is accepted', ['InvitationAccepted'], 'accepted an invitation'),
  memberKind('member-disabled', 'A member is disabled', ['UserDisabled'], 'was disabled'),
  memberKind('member-removed', 'A member is removed or leaves', ['UserRemoved', 'UserLeft'], 'is no member any more'),
  {
    ...memberKind('api-key-made', 'An API key is made', ['ApiKeyCreated'], '', ofApiKey),
    permission: 'api-keys:read',
    sentence: (name) => (name === undefined ? 'An API key was made' : `The API key ${name} was made`),
  },
  memberKind('roles-changed', 'The roles of a member are changed', ['RoleChanged'], 'has other roles', ofRoles),
  {
    key: 'own-roles-changed',
    label: 'Your own roles are changed',
    permission: 'own',
    branded: false,
    facts: {},
    tells: 'concerned',
    byDefault: IN_APP,
    types: ['RoleChanged'],
    occasion: ofRoles,
    sentence: (_, detail) => withDetail('Your roles were changed', detail),
  },
  {
    key: 'project-assigned',
    label: 'You are assigned to a project',
    permission: 'projects:read',
    branded: false,
    tells: 'concerned',
    byDefault: IN_APP,
    types: ['ProjectAssignmentsChanged'],
    occasion: ofProject,
    sentence: (project) =>
      project === undefined ? 'You were assigned to a project' : `You were assigned to the project ${project}`,
  },
  {
    key: 'task-assigned',
    label: 'You are assigned to a task',
    permission: 'tasks:read',
    branded: false,
    tells: 'concerned',
    byDefault: IN_APP,
    types: ['TaskCreated', 'TaskEdited'],
    occasion: ofTask,
    sentence: (task) => (task === undefined ? 'You were assigned to a task' : `You were assigned to the task ${task}`),
  },
  {
    key: 'task-completed',
    label: 'A task is completed',
    permission: 'tasks:read',
    branded: false,
    tells: 'watchers',
    byDefault: OFF,
    types: ['TaskCompleted'],
    occasion: ofTask,
    sentence: (task) => (task === undefined ? 'A task was completed' : `The task ${task} was completed`),
  },
];

/** Every kind there is, by its key. */
export const NOTIFICATION_KINDS: ReadonlyMap<string, NotificationKind> = new Map(KINDS.map((kind) => [kind.key, kind]));

/** The kinds that events of a type give reason for. */
export const KINDS_BY_TYPE: ReadonlyMap<string, readonly NotificationKind[]> = new Map(
  [...new Set(KINDS.flatMap(({ types }) => types))].map((type) => [
    type,
    KINDS.filter(({ types }) => types.includes(type)),
  ]),
);

/** An import tells once, when it has ended, and not of each document that it made. */
export const isOfImport = ({ metadata }: Pick<Recorded, 'metadata'>): boolean => metadata.command === 'ImportDocument';

/** What a setting is of: a kind, and the brand of its records, `''` for none. */
export const settingOf = (kind: string, brandId: string | undefined): string => `${kind}|${brandId ?? ''}`;

/** What somebody said of a kind, and of a brand where they choose brands, or else the kind's default. */
export const channelsOf = (
  settings: ReadonlyMap<string, Channels>,
  kind: NotificationKind,
  brandId: string | undefined,
): Channels => settings.get(settingOf(kind.key, brandId)) ?? kind.byDefault;

export const isOn = ({ inApp, mail }: Channels): boolean => inApp || mail;
