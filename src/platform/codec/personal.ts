import { NotAuthentic, openBox, sealBox } from '../aead.js';
import { PersonalDataUnreadable } from './codec.port.js';
import type { PersonalDeclaration } from './registry.js';

/** Reserved property of stored data: base64url of one box with all personal fields of the event. */
export const PERSONAL = '$personal';

export type StoredData = Readonly<Record<string, unknown>> & { readonly [PERSONAL]?: string };

/** Data parted in what is stored as it is and what is encrypted; `personal` is undefined where there is nothing to encrypt. */
export function part(
  data: object,
  fields: readonly string[],
): { readonly rest: object; readonly personal: object | undefined } {
  const entries = Object.entries(data);
  const personal = entries.filter(([field, value]) => value !== undefined && fields.includes(field));
  return {
    rest: Object.fromEntries(entries.filter(([field]) => !fields.includes(field))),
    personal: personal.length === 0 ? undefined : Object.fromEntries(personal),
  };
}

/** Where the vault keeps a key. */
export interface KeyPlace {
  readonly organisation: string;
  readonly subject: string;
}

/** The vault's name for whose key it is: an account's own key stands outside of every organisation. */
export function keyOf(personal: PersonalDeclaration, organisation: string, data: object): KeyPlace {
  const subject: unknown = personal.subject(data as never);
  if (typeof subject !== 'string' || subject === '')
    throw new Error('personal fields need a subject among the other fields');
  switch (personal.key) {
    case 'contact':
      return { organisation, subject };
    case 'document':
      return { organisation, subject: `document:${subject}` };
    case 'account':
      return { organisation: '', subject };
  }
}

/** The key for where a person's commands came from: apart from that person's contact data, which is kept differently long. */
export function sourceKeyOf(organisation: string, userId: string): KeyPlace {
  return { organisation, subject: organisation === '' ? userId : `actor:${userId}` };
}

/** What a ciphertext belongs to; it opens nowhere else. An event's id is a UUID, so the parts cannot run into each other. */
export const eventPlace = (id: string, type: string): string => `event|${id}|${type}`;
export const sourcePlace = (organisation: string, userId: string): string =>
  `source|${JSON.stringify([organisation, userId])}`;

export function sealJson(key: Uint8Array, place: string, content: object): string {
  return sealBox(key, place, Buffer.from(JSON.stringify(content))).toString('base64url');
}

/** @throws PersonalDataUnreadable */
export function openJson(key: Uint8Array, place: string, sealed: unknown): object {
  try {
    if (typeof sealed !== 'string') throw new NotAuthentic('not a text');
    return JSON.parse(openBox(key, place, Buffer.from(sealed, 'base64url')).toString()) as object;
  } catch (error) {
    if (!(error instanceof NotAuthentic)) throw error;
    throw new PersonalDataUnreadable(`The personal fields of ${place} do not open: altered, or of something else`, {
      cause: error,
    });
  }
}
