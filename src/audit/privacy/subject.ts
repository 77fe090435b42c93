import type { Recorded } from '../../kernel/event.js';

/** A data subject: who they are in their organisation, and which kind of people knows them. */
export interface Subject {
  readonly kind: string;
  readonly id: string;
}

/** What every event about a subject's rights carries. */
export interface AboutSubject {
  readonly subject: Subject;
}

/**
 * Reasons and notes are texts about the person, so they stand under a key of that person; it is another one than that of
 * their contact, since what was asked and why has to be shown after an erasure as well (GDPR Art. 5(2)).
 */
export const recordsKey = (subjectId: string): string => `privacy:${subjectId}`;

interface Explained {
  readonly fields: readonly ['reason'];
  subject(data: AboutSubject): string;
  readonly key: 'contact';
}

/** For the events whose `reason` is such a text. */
export const explained: Explained = {
  fields: ['reason'],
  subject: ({ subject }) => recordsKey(subject.id),
  key: 'contact',
};

export const concerned = ({ subject }: AboutSubject): readonly string[] => [subject.id];

/** "a customer": for sentences, which name nobody. */
export const aPerson = ({ subject: { kind } }: AboutSubject): string =>
  kind === 'invited' ? 'an invited person' : `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind.replaceAll('-', ' ')}`;

/** The record that an event is about, for events that say its id in a field. */
export const recordIn =
  <D extends object>(kind: string, field: keyof D) =>
  ({ data }: Pick<Recorded, 'data'>): { readonly kind: string; readonly id: string } => ({
    kind,
    id: String((data as D)[field]),
  });
