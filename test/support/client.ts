export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** The shape of most answers, for tests that look at a few fields only. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests assert on what they read
export type Json = any;

/** An HTTP client as an application would write one: JSON, one bearer token, reads its own writes. */
export class Client {
  /** What queries reflect at least: the position of the last command. */
  position: string | undefined;

  constructor(
    readonly url: string,
    readonly token?: string,
    readonly userId?: string,
  ) {}

  as(token: string, userId?: string): Client {
    return new Client(this.url, token, userId);
  }

  /** The same person at another address of the service. */
  at(url: string): Client {
    return new Client(url, this.token, this.userId);
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Json>> {
    return this.send('GET', path, undefined, {
      ...(this.position === undefined ? {} : { 'countersign-at-least': this.position }),
      ...headers,
    });
  }

  post(path: string, body: unknown = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Json>> {
    return this.send('POST', path, body, headers);
  }

  put(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Json>> {
    return this.send('PUT', path, body, headers);
  }

  patch(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Json>> {
    return this.send('PATCH', path, body, headers);
  }

  delete(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Json>> {
    return this.send('DELETE', path, undefined, headers);
  }

  async send(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<Json>> {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    // A stream of events has no end; whoever wants to read one opens it by `openEvents`.
    const isStream = response.headers.get('content-type') === 'text/event-stream';
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const json = response.headers.get('content-type')?.includes('json') === true && text !== '';
    const position = response.headers.get('countersign-position');
    if (method !== 'GET' && response.ok && position !== null) this.position = position;
    return { status: response.status, body: json ? JSON.parse(text) : text, headers: response.headers };
  }

  /** From now on, queries of this client reflect at least that position. */
  reflect(position: string): void {
    this.position = position;
  }
}
