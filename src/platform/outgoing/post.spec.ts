import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { NotSent, post, type Post } from './post.js';

const here = { loopback: true };
const { signal } = new AbortController();

describe('a letter', () => {
  const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
  const serve = async (answer: RequestListener): Promise<string> => {
    const server: Server = createServer(answer).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/in?x=1`;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections?.();
      server.close();
    }
  });
  const letter = (url: string) => ({ url, headers: { 'x-kind': 'note' }, body: 'Zoë', signal });

  it('goes by POST with its headers, and the status is the answer', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (body: string) => {
        seen.push([request.method, request.url, request.headers['x-kind'], request.headers['content-length'], body]);
        response.writeHead(418).end('teapot');
      });
    });
    expect(await post(letter(url), here)).toBe(418);
    expect(seen).toEqual([['POST', '/in?x=1', 'note', '4', 'Zoë']]);
  });

  it.each([301, 302, 303, 307, 308])('does not follow a redirect (%p)', async (status) => {
    const asked: unknown[] = [];
    const elsewhere = await serve((request, response) => {
      asked.push(request.method);
      response.end();
    });
    const url = await serve((request, response) => {
      request.resume();
      response.writeHead(status, { location: elsewhere }).end();
    });
    expect(await post(letter(url), here)).toBe(status);
    expect(asked).toEqual([]);
  });

  it('waits for an answer, and for its end, so long and no longer', async () => {
    const silent = await serve((request) => request.resume());
    await expect(post(letter(silent), { ...here, timeoutMs: 50 })).rejects.toEqual(
      new NotSent('not answered within 50 ms'),
    );
    const dripping = await serve((request, response) => {
      request.resume();
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 5);
      response.once('close', () => clearInterval(timer));
    });
    expect(await post(letter(dripping), { ...here, timeoutMs: 100 })).toBe(200);
  });

  it('takes no more of an answer than it wants to', async () => {
    let sent = 0;
    const url = await serve((request, response) => {
      request.resume();
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
      };
      response.on('drain', more);
      more();
    });
    expect(await post(letter(url), { ...here, timeoutMs: 5000 })).toBe(200);
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  it('stops when it is told to', async () => {
    const url = await serve((request) => request.resume());
    const stop = new AbortController();
    const sending = post({ ...letter(url), signal: stop.signal }, here);
    const why = new Error('enough');
    setTimeout(() => stop.abort(why), 20);
    await expect(sending).rejects.toBe(why);
    await expect(post({ ...letter(url), signal: stop.signal }, here)).rejects.toBe(why);
  });

  it('says by codes why nobody had it, and nothing of where they are', async () => {
    const url = await serve((request) => request.socket.destroy());
    await expect(post(letter(url), here)).rejects.toEqual(new NotSent('the connection failed: ECONNRESET'));
    const unknown: Post['resolve'] = () =>
      Promise.reject(Object.assign(new Error('queryA ENOTFOUND db.internal'), { code: 'ENOTFOUND' }));
    await expect(post(letter('https://db.internal/'), { ...here, resolve: unknown })).rejects.toEqual(
      new NotSent('the connection failed: ENOTFOUND'),
    );
  });

  describe('to a name', () => {
    /** A listener that counts who connects. */
    const listener = async () => {
      const counted = { connections: 0, port: 0 };
      const server = createTcpServer((socket) => {
        counted.connections++;
        socket.destroy();
      }).listen(0, '127.0.0.1');
      servers.push(server);
      await once(server, 'listening');
      counted.port = (server.address() as AddressInfo).port;
      return counted;
    };
    const refused = new NotSent('the address is not of the public internet');

    it.each([
      [['127.0.0.1']],
      [['::1']],
      [['::ffff:127.0.0.1']],
      [['169.254.169.254']],
      [['93.184.216.34', '127.0.0.1']],
      [['2606:4700::1111', 'fd00::1']],
      [['10.0.0.1']],
      [[]],
      [['not an address']],
    ])('that leads to %j is not connected to', async (addresses) => {
      const inside = await listener();
      const url = `https://hooks.example:${inside.port}/`;
      await expect(post(letter(url), { loopback: false, resolve: async () => addresses })).rejects.toEqual(refused);
      expect(inside.connections).toBe(0);
    });

    it('is resolved once, and what was looked at is what is connected to: it cannot lead elsewhere in between', async () => {
      const inside = await listener();
      const url = `https://hooks.example:${inside.port}/`;
      let asked = 0;
      // First an address that may be, then one that may not.
      const rebinding: Post['resolve'] = async () => (asked++ === 0 ? ['127.0.0.1'] : ['10.0.0.1']);
      await expect(post(letter(url), { ...here, resolve: rebinding })).rejects.toBeInstanceOf(NotSent);
      expect([asked, inside.connections]).toEqual([1, 1]);
      await expect(post(letter(url), { ...here, resolve: rebinding })).rejects.toEqual(refused);
      expect([asked, inside.connections]).toEqual([2, 1]);
    });

    it('of an address in the URL itself is refused before anything is asked', async () => {
      const resolve = (): never => {
        throw new Error('asked');
      };
      for (const url of ['https://127.0.0.1/', 'https://[::1]/', 'http://127.0.0.1/', 'https://2130706433/'])
        await expect(post(letter(url), { loopback: false, resolve })).rejects.toBeInstanceOf(NotSent);
    });
  });
});
