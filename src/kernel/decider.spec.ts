import { existing } from './decider.js';

type State = { readonly status: 'absent' } | { readonly status: 'open' | 'void'; readonly amount: number };

describe('a record that has to be there', () => {
  it.each(['open', 'void'] as const)('is, when it is %s', (status) => {
    const state: State = { status, amount: 5 };
    const { amount } = existing<State>(state);
    expect(amount).toBe(5);
    expect(existing<State>(state)).toBe(state);
  });

  it('is not found otherwise', () => {
    expect(() => existing<State>({ status: 'absent' })).toThrow(
      expect.objectContaining({ name: 'Refusal', code: 'not-found' }),
    );
  });
});
