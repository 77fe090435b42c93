import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
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

  private constructor(private readonly server: Server) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
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
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
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
