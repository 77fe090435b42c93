import { accessViews } from './access/views.js';
import { trailOf } from './audit/trail/trail.view.js';
import { auditViews } from './audit/views.js';
import { booksViews } from './books/views.js';
import { catalogue } from './catalogues.js';
import type { ViewDefinition } from './kernel/view.js';
import { studioViews } from './studio/views.js';

/** Every view there is. */
export const views: readonly ViewDefinition[] = [
  ...accessViews,
  ...booksViews,
  ...studioViews,
  ...auditViews,
  trailOf(catalogue),
];
