import { given } from '../../../test/support/specification.js';
import { type BrandEvent, brands } from './brand.js';
import { changeBrand, createBrand, MAX_BRANDS } from './brand.decide.js';

const created = (brandId: string, name: string): BrandEvent => ({
  type: 'BrandCreated',
  data: { brandId, createdBy: 'ann', name },
});
const north = created('n', 'North');
const south = created('s', 'South');
const archived: BrandEvent = { type: 'BrandArchived', data: { brandId: 'n', name: 'North', revision: 1 } };
const organisation = (...events: readonly BrandEvent[]) => given(brands, 'o1', ...events);
const all = { seesAll: true };
const some = { seesAll: false };

describe('adding a brand', () => {
  it('keeps what was given', () =>
    organisation()
      .when(createBrand({ name: 'North', website: 'north.example', email: null }))
      .then({
        type: 'BrandCreated',
        data: { brandId: 'new-id', createdBy: 'o1', name: 'North', website: 'north.example' },
      }));
  it.each(['North', ' north ', 'NORTH', 'Ｎorth'])('is refused with a taken name, as in %j', (name) =>
    organisation(north).when(createBrand({ name })).thenRefused('conflict', 'brand-name-taken'),
  );
  it('may take the name of an archived one', () =>
    organisation(north, archived)
      .when(createBrand({ name: 'North' }))
      .then({ type: 'BrandCreated', data: { brandId: 'new-id', createdBy: 'o1', name: 'North' } }));
  it('ends somewhere', () =>
    organisation(...Array.from({ length: MAX_BRANDS }, (_, index) => created(`b${index}`, `Brand ${index}`)))
      .when(createBrand({ name: 'One more' }))
      .thenRefused('conflict', 'too-many-brands'));
});

describe('changing a brand', () => {
  it('says what changed, and counts its own revisions', () => {
    const edited: BrandEvent = {
      type: 'BrandEdited',
      data: { brandId: 'n', name: 'Norden', revision: 1, changes: { name: { from: 'North', to: 'Norden' } } },
    };
    organisation(north, south)
      .when(changeBrand('n', { name: 'Norden' }), all)
      .then(edited);
    organisation(north, south, edited)
      .when(changeBrand('n', { archived: true }), all)
      .then({ type: 'BrandArchived', data: { brandId: 'n', name: 'Norden', revision: 2 } });
    organisation(north, south, edited)
      .when(changeBrand('n', { name: 'Norden' }), all)
      .then();
  });
  it('may write its own name differently', () =>
    organisation(north)
      .when(changeBrand('n', { name: 'NORTH' }), all)
      .then({
        type: 'BrandEdited',
        data: { brandId: 'n', name: 'NORTH', revision: 1, changes: { name: { from: 'North', to: 'NORTH' } } },
      }));
  it('is refused for the name of another, and for none', () => {
    organisation(north, south)
      .when(changeBrand('n', { name: 'south' }), all)
      .thenRefused('conflict', 'brand-name-taken');
    organisation(north)
      .when(changeBrand('x', { name: 'y' }), all)
      .thenRefused('not-found');
  });
  it('tells whoever sees some brands nothing of the others by their names', () => {
    for (const name of ['South', 'Nobody'])
      organisation(north, south).when(changeBrand('n', { name }), some).thenRefused('conflict', 'needs-all-brands');
    organisation(north, archived)
      .when(changeBrand('n', { archived: false }), some)
      .thenRefused('conflict', 'needs-all-brands');
    organisation(north)
      .when(changeBrand('n', { phone: '1', name: 'North' }), some)
      .then({
        type: 'BrandEdited',
        data: { brandId: 'n', name: 'North', revision: 1, changes: { phone: { to: '1' } } },
      } as never);
  });
  it('archives once, and takes out of the archive where the name is free', () => {
    organisation(north)
      .when(changeBrand('n', { archived: true }), all)
      .then(archived);
    organisation(north, archived)
      .when(changeBrand('n', { archived: true }), all)
      .then();
    organisation(north, archived)
      .when(changeBrand('n', { phone: '1' }), all)
      .thenRefused('conflict', 'brand-archived');
    organisation(north, archived)
      .when(changeBrand('n', { archived: false }), all)
      .then({ type: 'BrandRestored', data: { brandId: 'n', name: 'North', revision: 2 } });
    organisation(north, archived, created('m', 'north'))
      .when(changeBrand('n', { archived: false }), all)
      .thenRefused('conflict', 'brand-name-taken');
  });
  it('can rename and take out of the archive at once', () =>
    organisation(north, archived, created('m', 'north'))
      .when(changeBrand('n', { archived: false, name: 'Norden' }), all)
      .then(
        { type: 'BrandRestored', data: { brandId: 'n', name: 'Norden', revision: 2 } },
        {
          type: 'BrandEdited',
          data: { brandId: 'n', name: 'Norden', revision: 3, changes: { name: { from: 'North', to: 'Norden' } } },
        },
      ));
});

describe('what the trail says', () => {
  it('names brands, and what they were called', () => {
    const { BrandEdited, BrandArchived } = brands.events;
    const rename = { brandId: 'n', name: 'Norden', revision: 1, changes: { name: { from: 'North', to: 'Norden' } } };
    expect(BrandEdited.summary(rename)).toBe('renamed the brand North to Norden');
    expect(BrandEdited.summary({ ...rename, changes: {} })).toBe('edited the brand Norden');
    expect(BrandArchived.summary(rename)).toBe('archived the brand Norden');
  });
});
