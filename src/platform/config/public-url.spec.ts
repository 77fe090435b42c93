import { PublicUrl } from './public-url.js';

describe('the public URL', () => {
  it('is what was set, wherever the server listens', async () => {
    const url = new PublicUrl('https://books.example');
    url.listensAt('http://127.0.0.1:4711');
    expect(await url.known()).toBe('https://books.example');
  });

  it('is where the server listens, and waited for until it does', async () => {
    const url = new PublicUrl();
    const [first, second] = [url.known(), url.known(new AbortController().signal)];
    url.listensAt('http://127.0.0.1:4711');
    expect(await Promise.all([first, second, url.known()])).toEqual(Array(3).fill('http://127.0.0.1:4711'));
  });

  it('is not waited for any longer than that', async () => {
    const stopping = new AbortController();
    const waiting = new PublicUrl().known(stopping.signal);
    stopping.abort();
    await expect(waiting).rejects.toThrow(/aborted/);
  });
});
