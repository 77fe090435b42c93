import type { ViewDefinition } from '../kernel/view.js';
import { deadLettersView } from './webhooks/dead-letter.view.js';
import { privacyRequestsView } from './privacy/request.view.js';
import { retainedView } from './privacy/retained.view.js';
import { webhooksView } from './webhooks/webhook.view.js';

/** The views of this room but the trail, which is made of every room's events. */
export const auditViews: readonly ViewDefinition[] = [webhooksView, deadLettersView, privacyRequestsView, retainedView];
