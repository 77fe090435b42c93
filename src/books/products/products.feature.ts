import type { Feature } from '../../platform/feature.js';
import {
  ArchiveProductHandler,
  CreateProductHandler,
  EditProductHandler,
  GetProductHandler,
  ListProductsHandler,
} from './product.handlers.js';
import { ProductsController } from './product.http.js';
import { productKind } from './product.kind.js';

/** For the room's module. */
export const productsFeature: Feature = {
  controllers: [ProductsController],
  providers: [
    productKind,
    CreateProductHandler,
    EditProductHandler,
    ArchiveProductHandler,
    GetProductHandler,
    ListProductsHandler,
  ],
};
