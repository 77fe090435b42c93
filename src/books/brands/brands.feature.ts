import type { Feature } from '../../platform/feature.js';
import { ChangeBrandHandler, CreateBrandHandler, GetBrandHandler, ListBrandsHandler } from './brand.handlers.js';
import { BrandsController } from './brand.http.js';
import { brandKind } from './brand.kind.js';
import { BrandSight } from './brands.service.js';

/** For the room's module. */
export const brandsFeature: Feature = {
  controllers: [BrandsController],
  providers: [brandKind, BrandSight, CreateBrandHandler, ChangeBrandHandler, GetBrandHandler, ListBrandsHandler],
};
