import { changesTo, isEmpty, type Patch, withoutNothing } from '../../kernel/changes.js';
import type { Decide } from '../../kernel/decider.js';
import { foldedName } from '../../kernel/names.js';
import { conflict, notFound } from '../../kernel/refusal.js';
import type { Brand, BrandEvent, BrandFields, Brands } from './brand.js';

export const MAX_BRANDS = 500;

export type BrandInput = Patch<BrandFields> & Pick<BrandFields, 'name'>;
export type BrandPatch = Patch<BrandFields> & { readonly archived?: boolean | undefined };

/** Whether who acts may see every brand there is. */
export interface Sight {
  readonly seesAll: boolean;
}

export const createBrand =
  (input: BrandInput): Decide<Brands, BrandEvent> =>
  (state, { newId, userId }) => {
    if (state.byId.size >= MAX_BRANDS) throw conflict('too-many-brands', `There are ${MAX_BRANDS} brands already`);
    requireFree(state, input.name);
    return [
      { type: 'BrandCreated', data: { brandId: newId, createdBy: userId, ...withoutNothing<BrandFields>(input) } },
    ];
  };

/**
 * Names are unique among the brands that are not archived. So that nobody learns of a brand by trying its name, whoever
 * sees only some brands neither renames one nor takes one out of the archive, taken or not.
 */
export const changeBrand =
  (brandId: string, { archived, ...patch }: BrandPatch): Decide<Brands, BrandEvent, Sight> =>
  (state, _, { seesAll }) => {
    const brand = state.byId.get(brandId);
    if (brand === undefined) throw notFound();
    const changes = changesTo<BrandFields>(brand.fields, patch);
    const restored = archived === false && brand.archived;
    if (brand.archived && !restored && !isEmpty(changes))
      throw conflict('brand-archived', 'An archived brand is not edited any more');
    const name = changes.name?.to ?? brand.fields.name;
    if (restored || changes.name !== undefined) {
      if (!seesAll) throw conflict('needs-all-brands', 'Names are given by people who see all brands');
      requireFree(state, name, brandId);
    }
    const edit = isEmpty(changes) ? [] : [{ type: 'BrandEdited', changes } as const];
    return numbered(brand, name, [
      ...(restored ? [{ type: 'BrandRestored' } as const] : []),
      ...edit,
      ...(archived === true && !brand.archived ? [{ type: 'BrandArchived' } as const] : []),
    ]);
  };

type Step =
  | { readonly type: 'BrandRestored' | 'BrandArchived' }
  | { readonly type: 'BrandEdited'; readonly changes: Extract<BrandEvent, { type: 'BrandEdited' }>['data']['changes'] };

const numbered = ({ brandId, revision }: Brand, name: string, steps: readonly Step[]): readonly BrandEvent[] =>
  steps.map(({ type, ...rest }, index) => {
    return { type, data: { brandId, name, revision: revision + 1 + index, ...rest } } as BrandEvent;
  });

function requireFree({ byId }: Brands, name: string, brandId?: string): void {
  const wanted = foldedName(name);
  for (const brand of byId.values()) {
    if (brand.brandId !== brandId && !brand.archived && foldedName(brand.fields.name) === wanted)
      throw conflict('brand-name-taken', 'Another brand has this name');
  }
}
