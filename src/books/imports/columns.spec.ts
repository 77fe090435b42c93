import fc from 'fast-check';
import { columnsIn, valuesIn } from './columns.js';

const FIELDS = [
  { name: 'name', required: true },
  { name: 'unitPrice', required: false },
  { name: 'email', required: false },
];
const indexOf = (cells: readonly string[], mapping = {}) => {
  const found = columnsIn(cells, FIELDS, mapping);
  return 'problem' in found ? found.problem : Object.fromEntries(found.index);
};

describe('the first line of a file', () => {
  it('is read by names of fields, however they are written', () =>
    expect(indexOf(['Unit price', 'NAME', 'E-Mail', 'other'])).toEqual({ unitPrice: 0, name: 1, email: 2 }));
  it('is read by the mapping, to the letter', () => {
    expect(indexOf(['Firma', 'email', 'name'], { name: 'Firma' })).toEqual({ name: 0, email: 1 });
    expect(indexOf(['firma'], { name: 'Firma' })).toContain('named for name');
  });
  it('must have what is required, once', () => {
    expect(indexOf(['email'])).toContain('lacks a column for name');
    expect(indexOf(['name', 'Name'])).toContain('two columns for name');
    expect(indexOf(['name', 'Firma', 'Firma'], { name: 'Firma' })).toContain('two columns for name');
    // What is not used may be there as often as it likes.
    expect(indexOf(['name', 'x', 'x'])).toEqual({ name: 0 });
  });
  it('never repeats what the file says', () =>
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{8,12}$/)), (cells) => {
        const answer = indexOf(cells);
        if (typeof answer === 'string') for (const cell of cells) expect(answer).not.toContain(cell);
      }),
    ));
});

it('values are trimmed, and what is empty is not there', () => {
  const columns = columnsIn(['name', 'email', 'unitPrice'], FIELDS, {});
  if ('problem' in columns) throw new Error(columns.problem);
  expect(Object.fromEntries(valuesIn([' Rosa ', '  '], columns))).toEqual({ name: 'Rosa' });
});
