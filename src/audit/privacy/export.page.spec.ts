import { escaped, type ExportHead, jsonOf, pageOf, type ToldEvent } from './export.page.js';

const HOSTILE = `</title><script>alert("x")</script>'&`;

const head: ExportHead = {
  format: 'countersign-export/1',
  kind: 'access',
  organisation: { id: 'o-1', name: HOSTILE },
  subject: { kind: 'customer', id: 'c-1' },
  madeAt: '2026-03-01T09:00:00.000Z',
  record: { [HOSTILE]: HOSTILE, restricted: false, phone: null },
  documents: { invoices: [{ number: 7, reference: HOSTILE }] },
  requests: [{ kind: 'access', outcome: HOSTILE }],
};

const event: ToldEvent = {
  at: '2026-03-01T08:00:00.000Z',
  what: `You ${HOSTILE}`,
  record: { kind: 'customer', id: 'c-1' },
  changes: [{ field: HOSTILE, from: null, to: HOSTILE }],
  source: null,
};

async function* of(...events: readonly ToldEvent[]): AsyncGenerator<ToldEvent> {
  yield* events;
}
async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const part of parts) text += part;
  return text;
}

describe('an export', () => {
  it('is JSON, with events and without', async () => {
    expect(JSON.parse(await textOf(jsonOf(head, { about: of(event, event), by: of() })))).toEqual({
      ...head,
      eventsAbout: [event, event],
      eventsBy: [],
    });
    expect(JSON.parse(await textOf(jsonOf(head, undefined)))).toEqual(head);
  });

  it('is a page in which no text is anything but text', async () => {
    const page = await textOf(pageOf(head, { about: of(event), by: of(event) }));
    expect(page).not.toMatch(/<script|<\/title>(?!\n<meta)/);
    expect(page.match(/&lt;script&gt;/g)).toHaveLength(11);
    expect(page).toContain('default-src &#39;none&#39;'.replaceAll('&#39;', "'"));
  });

  it('escapes what HTML could take for its own', () => {
    expect(escaped(`<a href="x" title='y'>&`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;');
  });
});
