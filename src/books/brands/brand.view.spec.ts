import { recorded } from '../../../test/support/specification.js';
import type { BrandEvent } from './brand.js';
import { type BrandDoc, brandsView } from './brand.view.js';

const north: BrandDoc = {
  brandId: 'n',
  name: 'North',
  organisation: '',
  revision: 0,
  archived: false,
  createdBy: 'ann',
  created: '00000005',
  reach: ['*|n|', 'by:ann', 'by:ann|n|'],
};
const of = { brandId: 'n', name: 'North' };

const rows: readonly [string, BrandDoc | null, BrandEvent, BrandDoc | null][] = [
  ['BrandCreated', null, { type: 'BrandCreated', data: { ...of, createdBy: 'ann' } }, north],
  [
    'BrandEdited',
    north,
    { type: 'BrandEdited', data: { ...of, revision: 1, changes: { name: { from: 'North', to: 'Norden' } } } },
    { ...north, name: 'Norden', revision: 1 },
  ],
  [
    'BrandArchived',
    north,
    { type: 'BrandArchived', data: { ...of, revision: 1 } },
    { ...north, archived: true, revision: 1 },
  ],
  [
    'BrandRestored',
    { ...north, archived: true, revision: 1 },
    { type: 'BrandRestored', data: { ...of, revision: 2 } },
    { ...north, revision: 2 },
  ],
  ['BrandArchived of none', null, { type: 'BrandArchived', data: { ...of, revision: 1 } }, null],
];

describe('the brands view', () => {
  it.each(rows)('%s', (_, before, event, after) => {
    expect(brandsView.fold(before, recorded('brands-o1', 5, event), 'n')).toEqual(after);
  });

  it('keeps a document per brand, out of one stream', () => {
    expect(rows.map(([, , event]) => brandsView.keys(recorded('brands-o1', 0, event)))).toEqual(rows.map(() => ['n']));
  });
});
