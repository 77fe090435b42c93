import type { Feature } from '../../platform/feature.js';
import { ReadAddressBookHandler } from './address-book.handlers.js';
import { AddressBookController } from './address-book.http.js';
import {
  ArchiveCustomerHandler,
  CreateCustomerHandler,
  EditCustomerHandler,
  GetCustomerHandler,
  ListCustomersHandler,
} from './customer.handlers.js';
import { CustomersController } from './customer.http.js';
import { customerKind } from './customer.kind.js';
import { CustomerPersons } from './customer.persons.js';

/** For the room's module. */
export const customersFeature: Feature = {
  controllers: [CustomersController, AddressBookController],
  providers: [
    customerKind,
    CustomerPersons,
    CreateCustomerHandler,
    EditCustomerHandler,
    ArchiveCustomerHandler,
    GetCustomerHandler,
    ListCustomersHandler,
    ReadAddressBookHandler,
  ],
};
