import type { Feature } from '../../platform/feature.js';
import {
  ArchiveCustomerHandler,
  CreateCustomerHandler,
  EditCustomerHandler,
  GetCustomerHandler,
  ListCustomersHandler,
} from './customer.handlers.js';
import { CustomersController } from './customer.http.js';
import { CustomerKind } from './customer.kind.js';

/** For the room's module. */
export const customersFeature: Feature = {
  controllers: [CustomersController],
  providers: [
    CustomerKind,
    CreateCustomerHandler,
    EditCustomerHandler,
    ArchiveCustomerHandler,
    GetCustomerHandler,
    ListCustomersHandler,
  ],
};
