import { given } from '../../../test/support/specification.js';
import type { Decide } from '../../kernel/decider.js';
import { type DocumentAt, type Numbers, numbers, type NumbersEvent } from './numbers.js';
import { releaseNumbers, reserveNumbers } from './numbers.decide.js';

const at = (id: string, revision = 0): DocumentAt => ({ id, revision });
const reserved = (first: number, documents: readonly DocumentAt[], settled: readonly string[] = []): NumbersEvent => ({
  type: 'NumbersReserved',
  data: { series: 'invoice', first, documents, settled },
});
const released = (...documents: readonly { id: string; number: number }[]): NumbersEvent => ({
  type: 'NumbersReleased',
  data: { series: 'invoice', documents },
});
const register = (...events: readonly NumbersEvent[]) => given(numbers, 'o1', ...events);
const reserve =
  (documents: readonly DocumentAt[], ...settled: readonly string[]): Decide<Numbers, NumbersEvent> =>
  (state) =>
    reserveNumbers(state, 'invoice', documents, new Set(settled));
const release =
  (...documents: readonly DocumentAt[]): Decide<Numbers, NumbersEvent> =>
  (state) =>
    releaseNumbers(state, 'invoice', documents);

describe('reserving numbers', () => {
  it('begins at 1', () =>
    register()
      .when(reserve([at('a'), at('b')]))
      .then(reserved(1, [at('a'), at('b')])));
  it('goes on where it was', () =>
    register(reserved(1, [at('a')]))
      .when(reserve([at('b')]))
      .then(reserved(2, [at('b')])));
  it('counts each series by itself', () =>
    register({ type: 'NumbersReserved', data: { series: 'credit-note', first: 1, documents: [at('n')], settled: [] } })
      .when(reserve([at('a')]))
      .then(reserved(1, [at('a')])));
  it('does nothing for a document that has one', () =>
    register(reserved(1, [at('a')]))
      .when(reserve([at('a'), at('a')]))
      .then());
  it('gives a document one number, however often it is named', () =>
    register()
      .when(reserve([at('a'), at('a')]))
      .then(reserved(1, [at('a')])));
  it('keeps the number of a document that moved on', () =>
    register(reserved(1, [at('a'), at('b')]))
      .when(reserve([at('b', 3)]))
      .then(reserved(2, [at('b', 3)])));
  it('pays no heed to what a document was', () =>
    register(reserved(1, [at('a', 3)]))
      .when(reserve([at('a', 2)]))
      .then());
  it('hands out first what was given back', () =>
    register(
      reserved(1, [at('a'), at('b'), at('c'), at('d')]),
      released({ id: 'c', number: 3 }, { id: 'a', number: 1 }),
    )
      .when(reserve([at('e'), at('f'), at('g'), at('h')]))
      .then(reserved(1, [at('e')]), reserved(3, [at('f')]), reserved(5, [at('g'), at('h')])));
  it('closes what is settled, once', () =>
    register(reserved(1, [at('a'), at('b'), at('c')]), released({ id: 'b', number: 2 }))
      .when(reserve([at('d'), at('e')], 'a', 'unknown'))
      .then(reserved(2, [at('d')], ['a']), reserved(4, [at('e')])));
  it('gives no second number to a document that bears one', () =>
    register(reserved(1, [at('a')]))
      .when(reserve([at('a', 5)], 'a'))
      .then());
});

describe('giving numbers back', () => {
  it('is for the document as it stood', () =>
    register(reserved(1, [at('a'), at('b', 2)]))
      .when(release(at('a'), at('b', 1), at('c')))
      .then(released({ id: 'a', number: 1 })));
  it('does nothing where there is none', () =>
    register()
      .when(release(at('a')))
      .then());
});

describe('the register', () => {
  it('stays as small as what is open', () => {
    const { state } = register(reserved(1, [at('a'), at('b')]), reserved(3, [at('c')], ['a', 'b']));
    expect([...state.invoice.open.keys()]).toEqual(['c']);
    expect(state.invoice.next).toBe(4);
  });
});
