import type { Feature } from '../../platform/feature.js';
import { SupplierBankMails } from './supplier-bank-mails.reactor.js';
import {
  ArchiveSupplierHandler,
  CreateSupplierHandler,
  EditSupplierHandler,
  GetSupplierBankDetailsHandler,
  GetSupplierHandler,
  ListSuppliersHandler,
  RestoreSupplierHandler,
  SetSupplierBankDetailsHandler,
} from './supplier.handlers.js';
import { SuppliersController } from './supplier.http.js';
import { supplierBankAccountKind, supplierKind } from './supplier.kind.js';
import { SupplierPersons } from './supplier.persons.js';
import { SupplierReferences } from './supplier-references.service.js';

/** For the room's module. */
export const suppliersFeature: Feature = {
  controllers: [SuppliersController],
  providers: [
    supplierKind,
    supplierBankAccountKind,
    SupplierPersons,
    SupplierReferences,
    SupplierBankMails,
    CreateSupplierHandler,
    EditSupplierHandler,
    ArchiveSupplierHandler,
    RestoreSupplierHandler,
    SetSupplierBankDetailsHandler,
    GetSupplierHandler,
    GetSupplierBankDetailsHandler,
    ListSuppliersHandler,
  ],
};
