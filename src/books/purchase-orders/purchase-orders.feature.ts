import type { Feature } from '../../platform/feature.js';
import { OrderFacts } from './order-facts.service.js';
import { OrderPurchases } from './order-purchases.reactor.js';
import {
  CancelPurchaseOrderHandler,
  ConvertPurchaseOrderHandler,
  DiscardPurchaseOrderHandler,
  DraftPurchaseOrderHandler,
  EditPurchaseOrderHandler,
  MarkPurchaseOrderSentHandler,
} from './purchase-order.handlers.js';
import { PurchaseOrdersController } from './purchase-order.http.js';
import { PurchaseOrderKind } from './purchase-order.kind.js';
import { GetPurchaseOrderHandler, ListPurchaseOrdersHandler } from './purchase-order.queries.js';

/** For the room's module. */
export const purchaseOrdersFeature: Feature = {
  controllers: [PurchaseOrdersController],
  providers: [
    PurchaseOrderKind,
    OrderFacts,
    OrderPurchases,
    DraftPurchaseOrderHandler,
    EditPurchaseOrderHandler,
    MarkPurchaseOrderSentHandler,
    ConvertPurchaseOrderHandler,
    CancelPurchaseOrderHandler,
    DiscardPurchaseOrderHandler,
    GetPurchaseOrderHandler,
    ListPurchaseOrdersHandler,
  ],
};
