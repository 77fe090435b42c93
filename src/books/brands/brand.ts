import { asNew, changesOf, type EventCatalogue } from '../../kernel/catalogue.js';
import { changed } from '../../kernel/changes.js';
import type { Aggregate, RecordFacts } from '../../kernel/decider.js';
import type { Changes, DomainEvent, Recorded } from '../../kernel/event.js';

/** A name under which the business trades. */
export interface BrandFields {
  readonly name: string;
  readonly address?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly website?: string;
}

/**
 * What each later event of a brand says besides: its name at that time, and its own revision. The stream is that of all
 * brands, so the stream's revision would tell whoever sees some of them how much is done to the others.
 */
interface OfBrand {
  readonly brandId: string;
  readonly name: string;
  readonly revision: number;
}

export type BrandCreated = DomainEvent<
  'BrandCreated',
  BrandFields & { readonly brandId: string; readonly createdBy: string }
>;
export type BrandEdited = DomainEvent<'BrandEdited', OfBrand & { readonly changes: Changes<BrandFields> }>;
export type BrandArchived = DomainEvent<'BrandArchived', OfBrand>;
export type BrandRestored = DomainEvent<'BrandRestored', OfBrand>;
export type BrandEvent = BrandCreated | BrandEdited | BrandArchived | BrandRestored;

export interface Brand {
  readonly brandId: string;
  readonly fields: BrandFields;
  readonly archived: boolean;
  readonly createdBy: string;
  /** Counts this brand's events from 0. */
  readonly revision: number;
}

/** All brands of an organisation: only together can they tell whether a name is taken. */
export interface Brands {
  readonly byId: ReadonlyMap<string, Brand>;
}

/** A brand is a record of its own brand, so that people limited to some brands see these. */
export const factsOf = ({ brandId, createdBy }: Pick<Brand, 'brandId' | 'createdBy'>): RecordFacts => ({
  createdBy,
  brandId,
});

/** The brand's own revision after an event. */
export const revisionAfter = ({ type, data }: BrandEvent): number => (type === 'BrandCreated' ? 0 : data.revision);

const record = ({ data }: Recorded<BrandEvent>) => ({ kind: 'brand', id: data.brandId });

const events: EventCatalogue<BrandEvent> = {
  BrandCreated: {
    schemaVersion: 1,
    summary: ({ name }) => `added the brand ${name}`,
    changes: ({ brandId: _, createdBy: __, ...fields }) => asNew(fields),
    record,
  },
  BrandEdited: {
    schemaVersion: 1,
    summary: ({ name, changes }) =>
      changes.name === undefined ? `edited the brand ${name}` : `renamed the brand ${changes.name.from} to ${name}`,
    changes: changesOf,
    record,
  },
  BrandArchived: {
    schemaVersion: 1,
    summary: ({ name }) => `archived the brand ${name}`,
    changes: () => [{ field: 'archived', from: false, to: true }],
    record,
  },
  BrandRestored: {
    schemaVersion: 1,
    summary: ({ name }) => `took the brand ${name} out of the archive`,
    changes: () => [{ field: 'archived', from: true, to: false }],
    record,
  },
};

export const brands: Aggregate<Brands, BrandEvent> = {
  name: 'brands',
  within: 'itself',
  events,
  readsPersonalFields: false,
  initial: () => ({ byId: new Map() }),
  evolve,
  // There is always the list, be it empty; whether a brand is on it is asked by whoever names one.
  exists: () => true,
  facts: () => ({}),
};

function evolve({ byId }: Brands, event: Recorded<BrandEvent>): Brands {
  const { brandId } = event.data;
  const after = evolved(byId.get(brandId), event);
  return after === undefined ? { byId } : { byId: new Map(byId).set(brandId, after) };
}

function evolved(brand: Brand | undefined, event: Recorded<BrandEvent>): Brand | undefined {
  if (event.type === 'BrandCreated') {
    const { brandId, createdBy, ...fields } = event.data;
    return { brandId, fields, archived: false, createdBy, revision: 0 };
  }
  if (brand === undefined) return undefined;
  const { revision } = event.data;
  switch (event.type) {
    case 'BrandEdited':
      return { ...brand, revision, fields: changed(brand.fields, event.data.changes) };
    case 'BrandArchived':
      return { ...brand, revision, archived: true };
    case 'BrandRestored':
      return { ...brand, revision, archived: false };
  }
}
