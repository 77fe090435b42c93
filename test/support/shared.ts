import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { repositoryRoot } from './root.js';

/** The folder of specifications and real input that lies beside the project; it may be missing. */
const shared = join(repositoryRoot, '..', 'shared');

const RETAIL = join(shared, 'data/online-retail/2010-12_to_2011-02.csv.gz');
const ROLES = join(shared, 'acceptance/roles.csv');

/** Folder of the vectors of RFC 9162 proofs. */
export const PROOF_VECTORS = join(shared, 'data/rfc9162');

export const hasRetailFile = existsSync(RETAIL);
export const hasRoles = existsSync(ROLES);
export const hasProofVectors = existsSync(PROOF_VECTORS);
export const PROOFS_MISSING = 'the vectors of proofs are not at ../shared/data';
export const RETAIL_MISSING = 'the retail file is not at ../shared/data';
export const ROLES_MISSING = 'the role table is not at ../shared/acceptance';

export const retailFile = (): Buffer => gunzipSync(readFileSync(RETAIL));

/** What the sources say of the retail file. */
export const RETAIL_ANSWERS = {
  rowsRead: 105_335,
  rowsRejected: 0,
  invoices: 4_089,
  creditNotes: 805,
  /** Those of the file, and the one for rows without any. */
  customers: 1_749,
  products: 3_159,
  total: 180_701_993,
} as const;

export interface RoleRow {
  readonly role: string;
  readonly switches: readonly string[];
  readonly readOnly: boolean;
  readonly permission: string;
  readonly may: 'yes' | 'assigned' | 'no';
}

export const roleRows = (): readonly RoleRow[] =>
  readFileSync(ROLES, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [role = '', switches = '', permission = '', may = ''] = line.trim().split(',');
      const words = switches.split(' ').filter((word) => word !== '');
      return {
        role,
        switches: words.filter((word) => word !== 'read-only'),
        readOnly: words.includes('read-only'),
        permission,
        may: may as RoleRow['may'],
      };
    });

export const permissionNames = (): readonly string[] =>
  readFileSync(join(shared, 'acceptance/permissions.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(',')[1]!);
