import { asNew, given } from './catalogue.js';

describe('the changes of an event that makes something', () => {
  it('are its fields, in their order', () => {
    expect(asNew({ name: 'Print', price: 1250, lines: ['a'] })).toEqual([
      { field: 'name', from: null, to: 'Print' },
      { field: 'price', from: null, to: 1250 },
      { field: 'lines', from: null, to: ['a'] },
    ]);
  });

  it('leave out none that has no value', () => {
    expect(asNew({ brandId: null, notes: undefined, paid: 0, tags: '' })).toStrictEqual([
      { field: 'brandId', from: null, to: null },
      { field: 'notes', from: null, to: undefined },
      { field: 'paid', from: null, to: 0 },
      { field: 'tags', from: null, to: '' },
    ]);
  });

  it('are none where there are no fields', () => expect(asNew({})).toEqual([]));
});

describe('a field that an event gives', () => {
  it('had no value before; one that it does not give has not changed', () => {
    expect(given('reason', 'left')).toEqual([{ field: 'reason', from: null, to: 'left' }]);
    expect(given('reason', '')).toEqual([{ field: 'reason', from: null, to: '' }]);
    expect(given('reason', undefined)).toEqual([]);
  });
});
