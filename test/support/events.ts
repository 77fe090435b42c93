import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Json } from './client.js';

export interface ReceivedEvent {
  readonly id: string | undefined;
  /** `message` where the stream names none. */
  readonly event: string;
  readonly data: Json;
}

/** A stream of server-sent events, read as it comes. */
export class EventReader {
  readonly received: ReceivedEvent[] = [];
  readonly comments: string[] = [];
  /** `performance.now()` when the server ended it. */
  endedAt: number | undefined;
  private readonly reading: Promise<void>;

  constructor(
    readonly response: Response,
    private readonly abort: AbortController,
  ) {
    this.reading = this.read();
  }

  /** Data of the messages, without the named events. */
  get items(): readonly Json[] {
    return this.received.filter(({ event }) => event === 'message').map(({ data }) => data);
  }

  /** Resolves when something received is so. */
  async until(what: (received: readonly ReceivedEvent[]) => boolean, ms = 10_000): Promise<void> {
    for (let waited = 0; !what(this.received); waited += 10) {
      if (waited > ms || this.endedAt !== undefined)
        throw new Error(`never so: ${JSON.stringify(this.received.map(({ data, event }) => data?.summary ?? event))}`);
      await sleep(10);
    }
  }

  /** Resolves when the server has ended the stream. */
  async end(ms = 10_000): Promise<void> {
    const late = sleep(ms, 'late', { ref: false });
    if ((await Promise.race([this.reading, late])) === 'late') throw new Error('the stream goes on');
  }

  async close(): Promise<void> {
    this.abort.abort();
    await this.reading;
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const bytes of this.response.body!) {
        const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
        rest = parts.pop()!;
        for (const part of parts) this.take(part);
      }
    } catch {
      // Cut off; an end like any other.
    }
    this.endedAt = performance.now();
  }

  private take(part: string): void {
    const fields = new Map<string, string>();
    for (const line of part.split('\n')) {
      const colon = line.indexOf(':');
      if (colon === 0) this.comments.push(line.slice(1).trim());
      else fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
    }
    const data = fields.get('data');
    if (data !== undefined)
      this.received.push({ id: fields.get('id'), event: fields.get('event') ?? 'message', data: JSON.parse(data) });
  }
}

/** Opens a stream as this client; resolves when the answer has begun. */
export async function openEvents(client: Client, path: string, lastEventId?: string): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(`${client.url}${path}`, {
    signal: abort.signal,
    headers: {
      ...(client.token === undefined ? {} : { authorization: `Bearer ${client.token}` }),
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
  });
  return new EventReader(response, abort);
}
