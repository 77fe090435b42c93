import { recorded } from '../../../test/support/specification.js';
import { type DeadLetterDoc, deadLettersView } from './dead-letter.view.js';
import type { DeadLetterEvent } from './dead-letter.js';
import type { WebhookEvent } from './webhook.js';
import { type WebhookDoc, webhooksView } from './webhook.view.js';

const host = 'hooks.example';
const ann = { userId: 'ann' };
const made: WebhookDoc = {
  url: 'https://hooks.example/',
  types: ['InvoiceIssued'],
  host,
  createdBy: 'ann',
  maker: ann,
  organisation: '',
  reach: ['by:ann'],
  revision: 0,
  status: 'active',
  open: 'yes',
  createdAt: '2026-03-01T09:00:00.000Z',
  created: '00000000',
};

describe('the webhooks view', () => {
  const fold = (doc: WebhookDoc | null, event: WebhookEvent): WebhookDoc | null =>
    webhooksView.fold(doc, recorded('webhook-o1/w1', doc === null ? 0 : doc.revision + 1, event), 'w1');

  it('keeps a document for each webhook, without its secret', () => {
    const { url, types } = made;
    const data = { url, types: types!, host, createdBy: 'ann', maker: ann, secret: 'v1' };
    const event: WebhookEvent = { type: 'WebhookCreated', data };
    expect(fold(null, event)).toEqual(made);
    expect(webhooksView.keys(recorded('webhook-o1/w1', 0, event))).toEqual(['w1']);
  });

  it.each<[WebhookEvent, Partial<WebhookDoc>]>([
    [
      { type: 'WebhookPaused', data: { host, reason: 'failing', maker: ann } },
      { status: 'paused', reason: 'failing' },
    ],
    [{ type: 'WebhookResumed', data: { host, maker: { userId: 'bob' } } }, { maker: { userId: 'bob' } }],
    [{ type: 'WebhookSecretRotated', data: { host, secret: 'v2', overlap: '2026-03-02T09:00:00.000Z' } }, {}],
    [{ type: 'WebhookReplayed', data: { host } }, {}],
    [
      { type: 'WebhookDeleted', data: { host } },
      { status: 'deleted', open: 'no' },
    ],
    [
      {
        type: 'WebhookEdited',
        data: {
          host: 'other.example',
          maker: { userId: 'bob' },
          changes: { url: { from: made.url, to: 'https://other.example/' } },
        },
      },
      { url: 'https://other.example/', host: 'other.example', maker: { userId: 'bob' } },
    ],
  ])('%j', (event, changes) => {
    expect(fold(made, event)).toEqual({ ...made, ...changes, revision: 1 });
    expect(fold(null, event)).toBeNull();
  });

  it('forgets why it was paused when it is resumed', () =>
    expect(
      fold({ ...made, status: 'paused', reason: 'failing' }, { type: 'WebhookResumed', data: { host, maker: ann } }),
    ).toEqual({ ...made, revision: 1 }));
});

describe('the view of dead letters', () => {
  const event = { id: 'e-1', type: 'InvoiceIssued', stream: 's', revision: 2 };
  const failed: DeadLetterEvent = {
    type: 'WebhookDeliveryFailed',
    data: { host, event, attempts: 8, error: 'answered 500' },
  };
  const retried = (error?: string): DeadLetterEvent => ({
    type: 'WebhookDeliveryRetried',
    data: { host, event, delivered: error === undefined, ...(error !== undefined && { error }) },
  });
  const fold = (doc: DeadLetterDoc | null, one: DeadLetterEvent): DeadLetterDoc | null =>
    deadLettersView.fold(doc, recorded('webhook-letters-o1/w1', 0, one), 'w1/e-1');

  it('keeps what was not delivered until it is', () => {
    expect(deadLettersView.keys(recorded('webhook-letters-o1/w1', 0, failed))).toEqual(['w1/e-1']);
    const letter = fold(null, failed)!;
    expect(letter).toMatchObject({ webhook: 'w1', event: 'e-1', type: 'InvoiceIssued', attempts: 8 });
    expect(fold(letter, retried('answered 404'))).toEqual({ ...letter, attempts: 9, error: 'answered 404' });
    expect(fold(letter, retried())).toBeNull();
    expect(fold(null, retried('answered 404'))).toBeNull();
  });
});
