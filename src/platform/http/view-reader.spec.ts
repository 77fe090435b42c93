import type { ViewDefinition } from '../../kernel/view.js';
import type { RequestContext } from '../commands/principal.js';
import type { ReadModel } from '../read-model/read-model.port.js';
import { Seal } from './seal.js';
import { earliest, ViewReader } from './view-reader.js';

const view = { name: 'invoices' } as ViewDefinition<{ id: string }, never>;
const context = { organisation: 'one' } as RequestContext;
const seal = new Seal(new Uint8Array(32));

const reader = (reached: boolean, asked: unknown[] = []): ViewReader => {
  const model = {
    get: async () => ({ value: { id: 'a' }, position: '7' }),
    find: async (_view: unknown, query: unknown) => {
      asked.push(query);
      return { value: { items: [], next: 'plain cursor' }, position: '7' };
    },
  } as unknown as ReadModel;
  const gauge = {
    waitFor: async (...arguments_: unknown[]) => {
      asked.push(arguments_);
      return reached;
    },
  };
  return new ViewReader(model, gauge, seal, { refused: () => Promise.resolve() });
};

describe('a view', () => {
  it('is read at once where nobody asks for a position', async () => {
    await expect(reader(false).get(view, context, 'a')).resolves.toEqual({ value: { id: 'a' }, position: '7' });
  });

  it('is waited for, up to two seconds', async () => {
    const asked: unknown[] = [];
    await reader(true, asked).get(view, { ...context, atLeast: '9' }, 'a');
    expect(asked).toEqual([['invoices', '9', 2000]]);
    await expect(reader(false).get(view, { ...context, atLeast: '9' }, 'a')).rejects.toMatchObject({
      code: 'unavailable',
      details: { retryAfter: 1 },
    });
  });

  it('hands out cursors that only it understands', async () => {
    const asked: unknown[] = [];
    const { value } = await reader(true, asked).find(view, context, { where: [], sort: 'newest', limit: 1 });
    expect(value.next).not.toContain('plain');
    await reader(true, asked).find(view, context, { where: [], sort: 'newest', limit: 1, after: value.next! });
    expect(asked.at(-1)).toMatchObject({ after: 'plain cursor' });
    for (const [after, organisation] of [
      ['made up', 'one'],
      [value.next!, 'other'],
    ] as const) {
      const query = { where: [], sort: 'newest', limit: 1, after };
      await expect(reader(true).find(view, { ...context, organisation }, query)).rejects.toMatchObject({
        code: 'validation-failed',
      });
    }
  });
});

describe('what is hidden', () => {
  interface Doc {
    readonly organisation: string;
    readonly reach: readonly string[];
    readonly hidden: boolean;
  }
  const docs = { name: 'docs' } as ViewDefinition<Doc, never>;
  const refused: unknown[] = [];
  const hiding = async () => (doc: Doc) => doc.hidden;
  /** `x` is hidden, `o` is not. */
  const over = (text: string): ViewReader => {
    const all = Array.from(text).map((letter, at) => ({
      key: String(at),
      doc: { organisation: 'one', reach: ['all'], hidden: letter === 'x' },
    }));
    const model = {
      get: async (_view: unknown, key: string) => ({ value: all[Number(key)]!.doc, position: '7' }),
      find: async (_view: unknown, { after = '0', limit }: { readonly after?: string; readonly limit: number }) => {
        const end = Number(after) + limit;
        const items = all.slice(Number(after), end);
        return { value: { items, next: end < all.length ? String(end) : null }, position: '7' };
      },
    } as unknown as ReadModel;
    const evidence = {
      refused: async (_context: unknown, _what: unknown, record: unknown) => void refused.push(record),
    };
    return new ViewReader(model, { waitFor: async () => true }, seal, evidence);
  };
  const asker = { organisation: 'one', reach: { tokens: 'all' } } as RequestContext;
  const pages = async (text: string, limit: number): Promise<readonly string[]> => {
    const found: string[] = [];
    for (let after: string | null | undefined; after !== null;) {
      const list = { where: [], sort: 'newest', limit, after };
      const { value } = await over(text).find(docs, asker, list, hiding);
      found.push(value.items.map(({ key }) => key).join(' '));
      after = value.next;
    }
    return found;
  };

  it.each([
    ['xxoxoxxo', 2, ['2 4', '7']],
    ['oxoxo', 3, ['0 2 4']],
    // No cursor where nothing would come of it.
    ['ooxxxxx', 2, ['0 1']],
    ['xxx', 2, ['']],
    ['oo', 2, ['0 1']],
  ])('is left out of a list (%s), whose pages are full all the same', async (text, limit, told) => {
    await expect(pages(text, limit)).resolves.toEqual(told);
  });

  it('is no record, but the refusal is recorded', async () => {
    const record = (id: string) => over('xo').record(docs, asker, { kind: 'doc', id }, hiding);
    await expect(record('1')).resolves.toMatchObject({ value: { hidden: false } });
    expect(refused).toEqual([]);
    await expect(record('0')).rejects.toMatchObject({ code: 'not-found' });
    expect(refused).toEqual([{ kind: 'doc', id: '0' }]);
  });
});

it('an answer from several views reflects what the slowest does', () => {
  expect(earliest('2', '1', '3')).toBe('1');
  expect(earliest('2', undefined)).toBeUndefined();
});
