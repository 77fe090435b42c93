import { randomBytes } from '../random.js';
import { SubjectErased, type SubjectKey } from './vault.port.js';
import type { Wrapping } from './wrapping.js';

const SUBJECT_KEY_BYTES = 32;

/** A row of subject keys as stored: a wrapped key, or the tombstone that an erasure put in its place. */
export interface SubjectRow {
  readonly erased: boolean;
  readonly wrapped: Uint8Array;
}

/** A new data key, wrapped. */
export function newSubjectRow(wrapping: Wrapping, organisation: string, subject: string): SubjectRow {
  return {
    erased: false,
    wrapped: wrapping.wrap(['subject-key', organisation, subject], randomBytes(SUBJECT_KEY_BYTES)),
  };
}

/** A tombstone is authentic too: nobody without the master key can make a key look erased. It is as long as a key. */
export function tombstoneRow(wrapping: Wrapping, organisation: string, subject: string): SubjectRow {
  return { erased: true, wrapped: wrapping.wrap(['erased', organisation, subject], new Uint8Array(SUBJECT_KEY_BYTES)) };
}

/** @throws VaultUnreadable */
export function openSubjectRow(
  wrapping: Wrapping,
  organisation: string,
  subject: string,
  row: SubjectRow,
): SubjectKey | 'erased' {
  const content = wrapping.unwrap([row.erased ? 'erased' : 'subject-key', organisation, subject], row.wrapped);
  return row.erased ? 'erased' : { key: content };
}

/** Key of a subject in a cache; no id holds a NUL. */
export const subjectCacheKey = (organisation: string, subject: string): string => `${organisation}\0${subject}`;

/** @throws SubjectErased */
export function usable(key: SubjectKey | 'erased'): SubjectKey {
  if (key === 'erased')
    throw new SubjectErased('The data of this person was erased: nothing more can be written about them');
  return key;
}
