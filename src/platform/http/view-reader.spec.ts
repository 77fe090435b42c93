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

it('an answer from several views reflects what the slowest does', () => {
  expect(earliest('2', '1', '3')).toBe('1');
  expect(earliest('2', undefined)).toBeUndefined();
});
