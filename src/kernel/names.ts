/** A name as people tell names apart: forms of composing letters, case and spaces make no other one. */
export const foldedName = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase();
