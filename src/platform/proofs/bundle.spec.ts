import { type BundleLine, BundleRejected, verifyBundle, type VerifyOptions } from './bundle.js';
import { leafText } from './canonical.js';
import { originOf } from './checkpoint.js';
import { CompactRange, leafHash } from './merkle.js';
import { signerOf } from './note.js';

const ORGANISATION = '01999999-9999-7999-8999-999999999999';
const signer = signerOf(originOf(ORGANISATION), Buffer.alloc(32, 3));

const storedEvent = (index: number) => ({
  id: `e-${index}`,
  type: 'CustomerCreated',
  stream: `customer-${ORGANISATION}/c-${index}`,
  revision: 0,
  recordedAt: `2026-03-01T00:00:${String(index % 60).padStart(2, '0')}.000Z`,
  schemaVersion: 1,
  data: { reference: `R${index}`, $personal: 'c2VhbGVk' },
  metadata: {
    organisation: ORGANISATION,
    actor: { kind: 'user' as const, id: 'u-1' },
    command: 'CreateCustomer',
    correlationId: 'c',
    requestId: 'r',
    source: 'c2VhbGVk',
  },
});

const text = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

interface Made {
  readonly lines: string[];
  readonly note: string;
}

/** A bundle of the events from one index to another, some of them hidden. */
function bundle(from: number, to: number, hidden: readonly number[] = []): Made {
  const range = CompactRange.empty();
  const lines: BundleLine[] = [
    {
      kind: 'header',
      format: 'countersign-bundle/1',
      organisation: ORGANISATION,
      from: from === 0 ? null : '2026-03-01T00:00:00.000Z',
      to: null,
      publicKey: signer.verifierKey,
    },
  ];
  for (let index = 0; index < to; index++) {
    if (index === from && from > 0)
      lines.push({ kind: 'range', size: range.size, hashes: range.hashes.map((hash) => text(hash)) });
    const stored = storedEvent(index);
    const leaf = leafText(stored);
    range.append(leafHash(Buffer.from(leaf)));
    if (index < from) continue;
    if (hidden.includes(index)) lines.push({ kind: 'event', index, leafHash: text(leafHash(Buffer.from(leaf))) });
    else {
      const event = {
        ...stored,
        data: { reference: `R${index}`, name: 'Rosa Klein' },
        metadata: { ...stored.metadata, source: { ip: '127.0.0.1', userAgent: 'x' } },
      };
      lines.push({ kind: 'event', index, leaf: text(leaf), event });
    }
  }
  const note = signer.sign({ origin: originOf(ORGANISATION), size: range.size, root: range.root() });
  lines.push({ kind: 'checkpoint', note });
  return { lines: lines.map((line) => JSON.stringify(line)), note };
}

const verify = (lines: readonly string[], options: Partial<VerifyOptions> = {}) =>
  verifyBundle(lines, { keys: [signer.verifierKey], personalFields: () => ['name', 'email'], ...options });

async function rejection(lines: readonly string[], options: Partial<VerifyOptions> = {}): Promise<string> {
  try {
    await verify(lines, options);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof BundleRejected)) throw error;
    return error.message;
  }
}

/** The line with something else in it. */
const changed = (lines: readonly string[], at: number, change: (line: Record<string, unknown>) => object): string[] =>
  lines.map((line, index) =>
    index === at ? JSON.stringify(change(JSON.parse(line) as Record<string, unknown>)) : line,
  );

describe('a bundle', () => {
  const whole = bundle(0, 20).lines;

  it('is found right whole, in part, and with events that its reader may not see', async () => {
    expect(await verify(whole)).toMatchObject({
      organisation: ORGANISATION,
      events: 20,
      hidden: 0,
      head: { size: 20 },
    });
    expect(await verify(bundle(7, 20).lines)).toMatchObject({ events: 13, head: { size: 20 } });
    expect(await verify(bundle(0, 20, [3, 4]).lines)).toMatchObject({ events: 18, hidden: 2 });
    expect(await verify(bundle(0, 0).lines)).toMatchObject({ events: 0, head: { size: 0 } });
    expect(await verify(whole, { keys: undefined })).toMatchObject({ events: 20 });
  });

  it('names the first line that is wrong', async () => {
    const other = signerOf(originOf(ORGANISATION), Buffer.alloc(32, 4));
    expect(await rejection(whole, { keys: [other.verifierKey] })).toBe('line 22: is not signed by this key');
    expect(await rejection(whole.slice(0, -1))).toMatch(/^line 22: the checkpoint is missing/);
    expect(await rejection(whole.filter((_, index) => index !== 5))).toBe('line 6: has the leaf 5 where 4 should be');
    expect(await rejection([...whole.slice(0, 5), whole[6]!, whole[5]!, ...whole.slice(7)])).toMatch(/^line 6:/);
    expect(await rejection([...whole, whole[3]!])).toBe('line 23: stands behind the checkpoint');
    expect(await rejection([...whole.slice(0, 4), '', ...whole.slice(4)])).toBe('line 5: is empty');
    expect(await rejection([...whole.slice(0, 4), '{', ...whole.slice(5)])).toBe('line 5: is not JSON');
    expect(await rejection(whole.slice(1))).toMatch(/^line 1: is not the header/);
  });

  it('holds an event to its leaf, personal fields aside', async () => {
    const at = 4;
    const withEvent = (change: object) =>
      changed(whole, at, (line) => ({ ...line, event: { ...(line.event as object), ...change } }));
    expect(await rejection(withEvent({ type: 'CustomerEdited' }))).toBe(
      'line 5: shows another type than its leaf says',
    );
    expect(await rejection(withEvent({ data: { reference: 'R9' } }))).toMatch(/line 5: shows another data/);
    expect(await rejection(withEvent({ data: { reference: 'R3', amount: 1 } }))).toMatch(/line 5: shows another data/);
    expect(await rejection(withEvent({ data: { reference: 'R3', name: 'erased' } }))).toBe('accepted');
    expect(await rejection(withEvent({ extra: 1 }))).toMatch(/line 5: shows another extra/);
    expect(await rejection(withEvent({ metadata: {} }))).toMatch(/line 5: shows another metadata/);
    const noEvent = changed(whole, at, ({ event: _, ...line }) => line);
    expect(await rejection(noEvent)).toMatch(/line 5: shows another event/);
  });

  it('does not begin later than its header says', async () => {
    const late = changed(bundle(7, 20).lines, 0, (line) => ({ ...line, from: null }));
    expect(await rejection(late)).toBe('line 2: begins later than the header says');
  });

  it('finds a leaf that was changed, however well it was done', async () => {
    const forged = changed(whole, 4, (line) => {
      const leaf = { ...storedEvent(3), data: { reference: 'R99', $personal: 'c2VhbGVk' } };
      return { ...line, leaf: text(leafText(leaf)), event: { ...leaf, data: { reference: 'R99' } } };
    });
    expect(await rejection(forged)).toMatch(/^line 22: has another root than the events/);
    const loose = changed(whole, 4, (line) => ({ ...line, leaf: text(JSON.stringify(storedEvent(3), null, 1)) }));
    expect(await rejection(loose)).toBe('line 5: has a leaf that is not in canonical form');
    const elsewhere = { ...storedEvent(3), metadata: { ...storedEvent(3).metadata, organisation: 'other' } };
    const foreign = changed(whole, 4, (line) => ({ ...line, leaf: text(leafText(elsewhere)), event: elsewhere }));
    expect(await rejection(foreign)).toBe('line 5: has a leaf of another organisation');
    expect(await rejection(changed(whole, 0, (line) => ({ ...line, organisation: 'other' })))).toMatch(/^line 2:/);
  });

  it('goes on from an older checkpoint, or says what became of it', async () => {
    expect(await verify(whole, { against: bundle(0, 12).note })).toMatchObject({ against: [12], beyond: 0 });
    expect(await verify(bundle(12, 20).lines, { against: bundle(0, 12).note })).toMatchObject({
      against: [12],
      beyond: 0,
    });
    expect(await rejection(bundle(0, 9).lines, { against: bundle(0, 12).note })).toMatch(/the end was cut off$/);
    expect(await rejection(bundle(15, 20).lines, { against: bundle(0, 12).note })).toMatch(/cannot be compared/);
    const witnessed = [bundle(0, 12), bundle(0, 15), bundle(0, 30)].map(({ note }) => note).join('\n');
    expect(await verify(whole, { against: witnessed })).toMatchObject({ against: [12, 15], beyond: 1 });
    expect(await verify(bundle(14, 20).lines, { against: witnessed })).toMatchObject({ against: [15], beyond: 1 });
    const rewritten = signer.sign({ origin: originOf(ORGANISATION), size: 12, root: Buffer.alloc(32, 1) });
    expect(await rejection(whole, { against: rewritten })).toMatch(/^line 13: .* history was rewritten$/);
    expect(await rejection(whole, { against: `${rewritten}\n${witnessed}` })).toMatch(/^line 1: .*two histories/);
    const foreign = signer.sign({ origin: originOf('elsewhere'), size: 12, root: Buffer.alloc(32, 1) });
    expect(await rejection(whole, { against: foreign })).toMatch(/^line 1: is of another organisation/);
    expect(await rejection(whole, { against: 'no note' })).toMatch(/^line 1: holds no signed notes/);
  });
});
