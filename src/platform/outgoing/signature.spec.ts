import { Webhook } from 'standardwebhooks';
import { newSigningSecret, signedHeaders } from './signature.js';

describe('a signature', () => {
  const body = JSON.stringify({ name: 'Zoë 東京' });

  it('is taken by the library of Standard Webhooks', () => {
    const secret = newSigningSecret();
    const headers = signedHeaders([secret], { id: 'e-1', at: Date.now(), body });
    expect(new Webhook(secret).verify(body, { ...headers })).toEqual({ name: 'Zoë 東京' });
    expect(() => new Webhook(newSigningSecret()).verify(body, { ...headers })).toThrow();
    expect(() => new Webhook(secret).verify(`${body} `, { ...headers })).toThrow();
    expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'e-2' })).toThrow();
  });

  it('is the one of the example of its specification', () => {
    const headers = signedHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: 1_614_265_330_000,
      body: '{"test": 2432232314}',
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is one for each secret while they change', () => {
    const [newer, older] = [newSigningSecret(), newSigningSecret()];
    const headers = signedHeaders([newer, older], { id: 'e-1', at: Date.now(), body });
    for (const secret of [newer, older]) new Webhook(secret).verify(body, { ...headers });
  });
});
