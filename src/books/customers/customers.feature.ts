import type { Feature } from '../../platform/feature.js';
import {
  ArchiveCustomerHandler,
  CreateCustomerHandler,
  EditCustomerHandler,
  GetCustomerHandler,
  ListCustomersHandler,
} from './customer.handlers.js';
import { CustomersController } from './customer.http.js';
import { customerKind } from './customer.kind.js';

/** For the room's module. */
export const customersFeature: Feature = {
  controllers: [CustomersController],
  providers: [
    customerKind,
    CreateCustomerHandler,
    EditCustomerHandler,
    ArchiveCustomerHandler,
    GetCustomerHandler,
    ListCustomersHandler,
  ],
};
