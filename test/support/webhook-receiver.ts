import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Certificate } from './certificates.js';
import type { Json } from './client.js';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly item: Json;
}

/** What webhooks are sent to. */
export class Receiver {
  readonly received: Received[] = [];
  /** Status by which a request is answered; `undefined` leaves it without an answer. */
  answer: (received: Received) => number | undefined = () => 204;
  location = 'http://127.0.0.1:1/';

  /** How many connections were begun, whatever came of them. */
  connections = 0;

  private constructor(private readonly server: Server | TlsServer) {}

  /** Over TLS where it has a certificate. */
  static async start(certificate?: Certificate): Promise<Receiver> {
    const server = certificate === undefined ? createServer() : createTlsServer(certificate);
    const receiver = new Receiver(server);
    server.on('connection', () => (receiver.connections += 1));
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const received = { headers: request.headers, text, item: JSON.parse(text) };
        receiver.received.push(received);
        const status = receiver.answer(received);
        if (status !== undefined) response.writeHead(status, { location: receiver.location }).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get url(): string {
    const scheme = this.server instanceof TlsServer ? 'https' : 'http';
    return `${scheme}://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  /** Another certificate for whoever comes from now on. */
  present(certificate: Certificate): void {
    if (!(this.server instanceof TlsServer)) throw new Error('this one receives without TLS');
    this.server.setSecureContext(certificate);
  }

  types(): string[] {
    return this.received.map(({ item }) => item.type as string);
  }

  /** The first that fits; waits for it up to fifteen seconds. */
  async first(fits: (received: Received) => boolean): Promise<Received> {
    for (let waited = 0; waited < 15_000; waited += 20) {
      const found = this.received.find(fits);
      if (found !== undefined) return found;
      await sleep(20);
    }
    throw new Error(`nothing that fits among ${this.types().join(', ')}`);
  }

  ofType(type: string): Promise<Received> {
    return this.first(({ item }) => item.type === type);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
