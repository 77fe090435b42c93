import { Flag, InstantField, ListOf, text, Text, uuid } from '../../platform/http/fields.js';
import { MAX_LIMITS } from '../catalogue/grants.js';

/** A role with its terms; in a list of roles, a plain text is short for `{role}`. What fits which role is checked with the roles. */
export class GrantDto {
  @Text({ max: 100, description: "Key of a built-in role, or id of one of the organisation's own" })
  role!: string;

  @Flag({ optional: true, description: 'Keeps only the permissions that look; not for admin' })
  readOnly?: boolean;

  @ListOf(text({ max: 50 }), { max: 20, optional: true, description: 'Switches of the role that open more' })
  switches?: string[];

  @ListOf(uuid(), {
    min: 1,
    max: MAX_LIMITS,
    optional: true,
    nullable: true,
    description: 'Only records of these brands',
  })
  brands?: string[] | null;

  @ListOf(uuid(), { min: 1, max: MAX_LIMITS, optional: true, nullable: true, description: 'Only these bank accounts' })
  bankAccounts?: string[] | null;

  @InstantField({ optional: true, nullable: true, description: 'The first instant at which it does not hold any more' })
  until?: string | null;
}
