import { given, NOW } from '../../../test/support/specification.js';
import { isLive, signingAt, type WebhookEvent, webhooks } from './webhook.js';
import {
  createWebhook,
  deleteWebhook,
  editWebhook,
  MAX_WEBHOOKS,
  pauseWebhook,
  replayWebhook,
  resumeWebhook,
  rotateSecret,
} from './webhook.decide.js';

const ann = { userId: 'ann' };
const bobsKey = { userId: 'bob', apiKey: 'k-1' };
const host = 'hooks.example:8443';
const settings = { url: 'https://hooks.example:8443/in?x=1', types: ['InvoiceIssued'] };
const created: WebhookEvent = {
  type: 'WebhookCreated',
  data: { ...settings, host, createdBy: 'ann', maker: ann, secret: 'v1' },
};
const paused: WebhookEvent = { type: 'WebhookPaused', data: { host, reason: 'failing', maker: ann } };
const deleted: WebhookEvent = { type: 'WebhookDeleted', data: { host } };
const webhook = (...events: readonly (WebhookEvent & { at?: string })[]) => given(webhooks, 'w1', ...events);
const live = (...events: readonly (WebhookEvent & { at?: string })[]) => {
  const { state } = webhook(...events);
  if (!isLive(state)) throw new Error('it is gone');
  return state;
};

describe('making a webhook', () => {
  it('keeps what it sends where, with whose eyes, and no secret', () =>
    given(webhooks, 'w1')
      .when(createWebhook({ ...settings, maker: ann, secret: 'v1' }), 0)
      .then({ ...created, data: { ...created.data, createdBy: 'w1' } }));
  it('is refused where there are too many', () =>
    given(webhooks, 'w1')
      .when(createWebhook({ ...settings, maker: ann, secret: 'v1' }), MAX_WEBHOOKS)
      .thenRefused('conflict', 'too-many-webhooks'));
  it('begins behind itself', () =>
    expect(live(created).run).toEqual({ revision: 0, start: { stream: 'webhook-/w1', revision: 0, included: false } }));
});

describe('changing a webhook', () => {
  it('makes whoever changes where things go its maker', () => {
    const url = 'https://elsewhere.example/';
    const changes = { url: { from: settings.url, to: url } };
    const edited: WebhookEvent = {
      type: 'WebhookEdited',
      data: { host: 'elsewhere.example', maker: bobsKey, changes },
    };
    webhook(created).when(editWebhook({ url }, bobsKey)).then(edited);
    expect(live(created, edited)).toMatchObject({ maker: bobsKey, host: 'elsewhere.example', settings: { url } });
  });
  it('makes whoever changes what goes its maker', () =>
    webhook(created)
      .when(editWebhook({ types: null }, bobsKey))
      .then({
        type: 'WebhookEdited',
        data: { host, maker: bobsKey, changes: { types: { from: ['InvoiceIssued'] } } },
      } as never));
  it('leaves the maker alone where only its description changes', () =>
    webhook(created)
      .when(editWebhook({ description: 'To the shop' }, bobsKey))
      .then({ type: 'WebhookEdited', data: { host, changes: { description: { to: 'To the shop' } } } } as never));
  it('does nothing where nothing changes', () =>
    webhook(created)
      .when(editWebhook({ ...settings }, bobsKey))
      .then());
  it('is refused for one that is gone', () =>
    webhook(created, deleted)
      .when(editWebhook({ types: null }, ann))
      .thenRefused('not-found'));
});

describe('the secret of a webhook', () => {
  const rotated: WebhookEvent = {
    type: 'WebhookSecretRotated',
    data: { host, secret: 'v2', overlap: '2026-03-02T09:00:00.000Z' },
  };
  it('is changed for another, and both sign for a day', () => {
    webhook(created).when(rotateSecret('v2')).then(rotated);
    expect(signingAt(live(created, rotated), NOW)).toEqual(['v2', 'v1']);
    expect(signingAt(live(created, rotated), '2026-03-02T09:00:00.000Z')).toEqual(['v2']);
  });
  it('leaves at most one other behind', () => {
    const again: WebhookEvent = { ...rotated, data: { ...rotated.data, secret: 'v3' } };
    expect(signingAt(live(created, rotated, again), NOW)).toEqual(['v3', 'v2']);
  });
});

describe('pausing and resuming', () => {
  it('pauses once', () => {
    webhook(created).when(pauseWebhook('failing')).then(paused);
    webhook(created, paused).when(pauseWebhook('asked')).then();
  });
  it('resumes with the eyes of whoever does it', () => {
    const resumed: WebhookEvent = { type: 'WebhookResumed', data: { host, maker: bobsKey } };
    webhook(created, paused).when(resumeWebhook(bobsKey)).then(resumed);
    expect(live(created, paused, resumed)).toMatchObject({ status: 'active', maker: bobsKey });
    expect(live(created, paused, resumed).reason).toBeUndefined();
    webhook(created).when(resumeWebhook(bobsKey)).then();
  });
  it('goes on where it was', () => expect(live(created, paused).run.revision).toBe(0));
});

describe('a replay', () => {
  const start = { stream: 'invoice-o/i', revision: 4, included: false };
  const replayed: WebhookEvent = { type: 'WebhookReplayed', data: { host, start } };
  it('is a pass of its own', () => {
    webhook(created).when(replayWebhook(start)).then(replayed);
    expect(live(created, replayed).run).toEqual({ revision: 1, start });
  });
  it('of nothing begins behind itself', () =>
    expect(live(created, { type: 'WebhookReplayed', data: { host } }).run).toEqual({
      revision: 1,
      start: { stream: 'webhook-/w1', revision: 1, included: false },
    }));
  it('is refused while the webhook is paused', () =>
    webhook(created, paused).when(replayWebhook(start)).thenRefused('conflict', 'webhook-paused'));
});

it('a deleted webhook is gone', () => {
  webhook(created).when(deleteWebhook()).then(deleted);
  webhook(created, deleted).when(deleteWebhook()).thenRefused('not-found');
  expect(webhooks.exists(webhook(created, deleted).state)).toBe(false);
});
