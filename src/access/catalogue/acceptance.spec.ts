import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf } from '../../../test/support/available.js';
import { repositoryRoot } from '../../../test/support/root.js';
import { authorise } from '../authoriser/authorise.js';
import {
  accessOf,
  areaOf,
  AREAS,
  BUILT_IN_ROLES,
  type HeldGrant,
  type Membership,
  NO_ROLES,
  PERMISSION_LABELS,
  PERMISSIONS,
} from '../contract.js';

const folder = join(repositoryRoot, '..', 'shared', 'acceptance');
const rows = (file: string): string[][] =>
  readFileSync(join(folder, file), 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','));

const NOW = Date.parse('2026-03-01T09:00:00.000Z');
const NADIA = '01990000-0000-7000-8000-000000000001';
const OTHER = '01990000-0000-7000-8000-000000000002';

const memberWith = (role: string, words: string): Membership => {
  const switches = words.split(' ').filter((word) => word !== '' && word !== 'read-only');
  const readOnly = words === 'read-only';
  const provenance = {
    grantEventId: 'event',
    grantedBy: OTHER,
    grantedAt: '2026-01-01T00:00:00.000Z',
    grantRevision: 1,
  };
  const grant: HeldGrant = { role, readOnly, switches, ...provenance };
  return { status: 'active', grants: [grant] };
};

/** What the table says, found out by asking about records of each kind. */
function may(member: Membership, permission: string): string {
  const allowed = (facts?: object): boolean =>
    authorise(accessOf(member, NO_ROLES), NADIA, permission, facts, NOW).allowed;
  const assigned = allowed({ createdBy: OTHER, assigned: [NADIA] });
  const unassigned = allowed({ createdBy: NADIA, assigned: [OTHER] });
  const area = allowed();
  if (unassigned) return assigned && area ? 'yes' : 'inconsistent';
  if (assigned) return area ? 'assigned' : 'inconsistent';
  return area ? 'inconsistent' : 'no';
}

describeIf(existsSync(folder), `no acceptance tables at ${folder}`, 'the acceptance tables', () => {
  it('name the permissions of the catalogue, in its order', () => {
    const named = rows('permissions.csv');
    expect(named.map(([, permission]) => permission)).toEqual(PERMISSIONS);
    expect(named.map(([area]) => area)).toEqual(PERMISSIONS.map(areaOf));
    expect(PERMISSIONS).toHaveLength(128);
  });

  it('say of every role, switch and permission what the authoriser says', () => {
    const table = rows('roles.csv');
    const members = new Map<string, Membership>();
    const wrong = table.filter(([role, words, permission, expected]) => {
      const key = `${role!} ${words!}`;
      const member = members.get(key) ?? memberWith(role!, words!);
      members.set(key, member);
      return may(member, permission!) !== expected;
    });
    expect(wrong).toEqual([]);
    expect(table).toHaveLength(3072);
  });

  it('know every role and switch', () => {
    const table = rows('roles.csv');
    expect([...BUILT_IN_ROLES.keys()].sort()).toEqual([...new Set(table.map(([role]) => role!))].sort());
    const switches = new Set(table.flatMap(([, words]) => words!.split(' ')).filter((word) => word !== ''));
    switches.delete('read-only');
    const known = [...BUILT_IN_ROLES.values()].flatMap((role) => [...role.switches.keys()]);
    expect(known.sort()).toEqual([...switches].sort());
    const readOnly = new Set(table.filter(([, words]) => words === 'read-only').map(([role]) => role));
    const takes = [...BUILT_IN_ROLES.values()].filter((role) => role.takesReadOnly).map((role) => role.key);
    expect(takes.sort()).toEqual([...readOnly].sort());
  });
});

describe('the catalogue', () => {
  it('has no permission that no role mentions besides the Primary', () => {
    const others = [...BUILT_IN_ROLES.values()].filter(({ key }) => key !== 'primary');
    const mentioned = new Set(others.flatMap((role) => [...role.permissions.keys()]));
    expect(PERMISSIONS.filter((permission) => !mentioned.has(permission))).toEqual([
      'account-billing:read',
      'account-billing:edit',
    ]);
  });

  it('says of each area and permission what it is, each in words of its own', () => {
    const labels = [...PERMISSION_LABELS.values()];
    expect([...PERMISSION_LABELS.keys()]).toEqual(PERMISSIONS);
    expect(labels.filter((label) => !/^[A-Z][a-zA-Z' ,]{3,}[a-zA-Z]$/.test(label))).toEqual([]);
    expect(new Set(labels).size).toBe(labels.length);
    expect(new Set(AREAS.map(({ label }) => label)).size).toBe(AREAS.length);
  });
});
