import type { FieldChange } from '../../kernel/catalogue.js';
import type { Instant } from '../../kernel/event.js';
import type { ExportKind } from './privacy.js';
import type { Subject } from './subject.js';

/** One event as its person reads it. */
export interface ToldEvent {
  readonly at: Instant;
  /** A sentence. */
  readonly what: string;
  readonly record: { readonly kind: string; readonly id: string };
  readonly changes: readonly FieldChange[];
  /** Where the person was then; of their own deeds only. */
  readonly source: unknown;
}

/** What an export says before its events. */
export interface ExportHead {
  readonly format: 'countersign-export/1';
  readonly kind: ExportKind;
  readonly organisation: { readonly id: string; readonly name: string | null };
  readonly subject: Subject;
  readonly madeAt: Instant;
  /** The person's own record; of a portability export only what they gave. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly documents: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly requests: readonly Readonly<Record<string, unknown>>[];
}

/** The lists of events, by what they are to the person. */
export interface ToldEvents {
  readonly about: AsyncIterable<ToldEvent>;
  readonly by: AsyncIterable<ToldEvent>;
}

/** `data.json`: the head, and the two lists of an access export. */
export async function* jsonOf(head: ExportHead, events: ToldEvents | undefined): AsyncGenerator<string> {
  const text = JSON.stringify(head, null, 2);
  if (events === undefined) {
    yield `${text}\n`;
    return;
  }
  yield text.slice(0, text.lastIndexOf('\n'));
  for (const name of ['about', 'by'] as const) {
    yield `,\n  "${name === 'about' ? 'eventsAbout' : 'eventsBy'}": [`;
    let comma = '\n';
    for await (const event of events[name]) {
      yield `${comma}    ${JSON.stringify(event)}`;
      comma = ',\n';
    }
    yield '\n  ]';
  }
  yield '\n}\n';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it stands in HTML, in an element or a quoted attribute. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);

const shown = (value: unknown): string =>
  value === null || value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

const list = (fields: Readonly<Record<string, unknown>>): string =>
  `<dl>${Object.entries(fields)
    .map(([field, value]) => `<dt>${escaped(field)}</dt><dd>${escaped(shown(value))}</dd>`)
    .join('')}</dl>\n`;

/** No script, nothing from elsewhere: it is opened from a disk. */
const BEGINNING = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Your data</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}dt{font-weight:bold}dd{margin:0 0 .5rem 1rem;overflow-wrap:anywhere}time{color:#555}li{margin-bottom:.5rem}</style>
</head><body>
`;

/** `index.html`: the same as `jsonOf`, for people. */
export async function* pageOf(head: ExportHead, events: ToldEvents | undefined): AsyncGenerator<string> {
  const { organisation, kind, madeAt, record, documents, requests } = head;
  yield BEGINNING;
  yield `<h1>${kind === 'access' ? 'Data about you' : 'Data that you gave'}</h1>\n`;
  yield `<p>Held by ${escaped(organisation.name ?? organisation.id)}, as of ${escaped(madeAt)}. `;
  yield 'The same stands in data.json, for programs. Data of other people is left out.</p>\n';
  yield `<h2>Your record</h2>\n${list(record)}`;
  for (const [name, entries] of Object.entries(documents)) {
    yield `<h2>${escaped(name)}</h2>\n`;
    for (const entry of entries) yield list(entry);
  }
  if (requests.length > 0) yield `<h2>Your requests</h2>\n${requests.map(list).join('')}`;
  if (events !== undefined) {
    yield* eventsOf('What happened about you', events.about);
    yield* eventsOf('What you did', events.by);
  }
  yield '</body></html>\n';
}

async function* eventsOf(title: string, events: AsyncIterable<ToldEvent>): AsyncGenerator<string> {
  yield `<h2>${title}</h2>\n<ul>\n`;
  for await (const { at, what, changes } of events) {
    const details = changes
      .map(({ field, from, to }) => `<br>${escaped(field)}: ${escaped(shown(from))} → ${escaped(shown(to))}`)
      .join('');
    yield `<li><time>${escaped(at)}</time> ${escaped(what)}${details}</li>\n`;
  }
  yield '</ul>\n';
}
