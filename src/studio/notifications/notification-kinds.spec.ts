import { recorded } from '../../../test/support/specification.js';
import { isPermission } from '../../access/contract.js';
import { catalogue } from '../../catalogues.js';
import { isOfImport, isOn, KINDS_BY_TYPE, NOTIFICATION_KINDS } from './notification-kinds.js';

const grant = (role: string) => ({ role, readOnly: false, switches: [] });
const counts = { rowsRead: 9, rowsRejected: 1, invoices: 1, creditNotes: 2, customers: 1, products: 1, total: 1 };

const told = (kind: string, stream: string, type: string, data: object, label?: string): string => {
  const { occasion, sentence } = NOTIFICATION_KINDS.get(kind)!;
  const { record, concerned, detail } = occasion(recorded(stream, 0, { type, data }));
  return `${record.kind} ${record.id} [${concerned.join(' ')}] ${sentence(label, detail)}`;
};

describe('the kinds of notification', () => {
  it('know only events and permissions that there are', () => {
    expect([...KINDS_BY_TYPE.keys()].filter((type) => !Object.hasOwn(catalogue, type))).toEqual([]);
    const permissions = [...NOTIFICATION_KINDS.values()].map(({ permission }) => permission);
    expect(permissions.filter((permission) => permission !== 'own' && !isPermission(permission))).toEqual([]);
  });

  it('find the record that the trail finds', () => {
    for (const { key, types, occasion } of NOTIFICATION_KINDS.values()) {
      for (const type of types) {
        const parts = { from: [], to: [], counts, assignees: [], changes: {} };
        const data = { kind: 'invoices', userId: 'u', keyId: 'k', projectId: 'p', ...parts };
        const event = recorded('stream-o/id', 0, { type, data });
        expect([key, occasion(event).record]).toEqual([key, catalogue[type]!.record(event)]);
      }
    }
  });

  it('are found by those who watch only where nobody is told by default', () => {
    const loud = [...NOTIFICATION_KINDS.values()].filter(
      ({ tells, byDefault }) => tells === 'watchers' && isOn(byDefault),
    );
    expect(loud).toEqual([]);
  });

  it('never mail by default', () =>
    expect([...NOTIFICATION_KINDS.values()].filter(({ byDefault }) => byDefault.mail)).toEqual([]));

  it.each<[string, string, string, object, string | undefined, string]>([
    ['invoice-issued', 'invoice-o/i', 'InvoiceIssued', {}, 'Invoice 7', 'invoice i [] Invoice 7 was issued'],
    ['invoice-issued', 'invoice-o/i', 'InvoiceIssued', {}, undefined, 'invoice i [] An invoice was issued'],
    [
      'payment-recorded',
      'invoice-o/i',
      'PaymentRecorded',
      {},
      'Invoice 7',
      'invoice i [] A payment of Invoice 7 was recorded',
    ],
    [
      'payment-recorded',
      'invoice-o/i',
      'PaymentRecorded',
      {},
      undefined,
      'invoice i [] A payment of an invoice was recorded',
    ],
    ['invoice-voided', 'invoice-o/i', 'InvoiceVoided', {}, 'Invoice 7', 'invoice i [] Invoice 7 was voided'],
    [
      'import-finished',
      'import-o/m',
      'ImportFinished',
      { kind: 'invoices', counts },
      'Import of invoices',
      'import m [] An import of invoices is finished: 1 invoice and 2 credit notes made, 1 row rejected',
    ],
    [
      'member-removed',
      'organisation-o',
      'UserLeft',
      { userId: 'u' },
      'Bob Hale',
      'member u [u] Bob Hale is no member any more',
    ],
    [
      'own-roles-changed',
      'organisation-o',
      'RoleChanged',
      { userId: 'u', from: [grant('sales')], to: [grant('staff')] },
      'Bob Hale',
      'member u [u] Your roles were changed: Sales -> Staff',
    ],
    [
      'project-assigned',
      'assignments-o',
      'ProjectAssignmentsChanged',
      { projectId: 'p', from: ['a', 'b'], to: ['b', 'c'] },
      'Wedding',
      'project p [c] You were assigned to the project Wedding',
    ],
    [
      'task-assigned',
      'task-o/t',
      'TaskCreated',
      { assignees: ['a'] },
      'Call',
      'task t [a] You were assigned to the task Call',
    ],
    [
      'task-assigned',
      'task-o/t',
      'TaskEdited',
      { changes: { assignees: { from: ['a'], to: ['a', 'b'] } } },
      undefined,
      'task t [b] You were assigned to a task',
    ],
    [
      'task-assigned',
      'task-o/t',
      'TaskEdited',
      { changes: {} },
      'Call',
      'task t [] You were assigned to the task Call',
    ],
    ['task-completed', 'task-o/t', 'TaskCompleted', {}, 'Call', 'task t [] The task Call was completed'],
    [
      'api-key-made',
      'organisation-o',
      'ApiKeyCreated',
      { keyId: 'k' },
      'Till',
      'api-key k [] The API key Till was made',
    ],
  ])('%s tells of its record (%#)', (kind, stream, type, data, label, expected) =>
    expect(told(kind, stream, type, data, label)).toBe(expected),
  );

  it('tell of an import when it has ended, not of its documents', () => {
    const { metadata } = recorded('invoice-o/i', 0, { type: 'InvoiceIssued', data: {} });
    expect(isOfImport({ metadata })).toBe(false);
    expect(isOfImport({ metadata: { ...metadata, command: 'ImportDocument' } })).toBe(true);
  });
});
