import type { Feature } from '../../platform/feature.js';
import { ReadAddressBookHandler } from './address-book.handlers.js';
import { AddressBookController } from './address-book.http.js';
import { AddContactHandler, EditContactHandler, GetContactHandler, RemoveContactHandler } from './contact.handlers.js';
import { ContactsController } from './contact.http.js';
import { ContactPersons } from './contact.persons.js';
import {
  ArchiveCustomerHandler,
  CreateCustomerHandler,
  EditCustomerHandler,
  GetCustomerHandler,
  ListCustomersHandler,
  RestoreCustomerHandler,
} from './customer.handlers.js';
import { CustomersController } from './customer.http.js';
import { customerKind } from './customer.kind.js';
import { CustomerPersons } from './customer.persons.js';

/** For the room's module. */
export const customersFeature: Feature = {
  controllers: [CustomersController, ContactsController, AddressBookController],
  providers: [
    customerKind,
    CustomerPersons,
    ContactPersons,
    CreateCustomerHandler,
    EditCustomerHandler,
    ArchiveCustomerHandler,
    RestoreCustomerHandler,
    AddContactHandler,
    EditContactHandler,
    RemoveContactHandler,
    GetContactHandler,
    GetCustomerHandler,
    ListCustomersHandler,
    ReadAddressBookHandler,
  ],
};
