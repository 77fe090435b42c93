import type { Feature } from '../../platform/feature.js';
import {
  ApprovePurchaseHandler,
  DiscardPurchaseHandler,
  DraftPurchaseHandler,
  EditPurchaseHandler,
  PayPurchaseHandler,
  SubmitPurchaseHandler,
  VoidPurchaseHandler,
} from './purchase.handlers.js';
import { PurchasesController } from './purchase.http.js';
import { PurchaseKind } from './purchase.kind.js';
import { GetPurchaseHandler, ListPurchasesHandler } from './purchase.queries.js';
import { PurchaseFacts } from './purchase-facts.service.js';
import { PurchaseReferences } from './purchase-references.service.js';

/** For the room's module. */
export const purchasesFeature: Feature = {
  controllers: [PurchasesController],
  providers: [
    PurchaseKind,
    PurchaseFacts,
    PurchaseReferences,
    DraftPurchaseHandler,
    EditPurchaseHandler,
    SubmitPurchaseHandler,
    ApprovePurchaseHandler,
    PayPurchaseHandler,
    VoidPurchaseHandler,
    DiscardPurchaseHandler,
    GetPurchaseHandler,
    ListPurchasesHandler,
  ],
};
