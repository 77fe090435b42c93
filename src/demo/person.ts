import { setTimeout as sleep } from 'node:timers/promises';

/** What a person of the demo works with. */
export interface Office {
  readonly url: string;
  readonly clock: () => number;
  readonly password: string;
  /** The token of the newest link to a path that was mailed to an address. */
  readonly mailed: (address: string, path: string) => Promise<string>;
  /** The newest position that anybody was told, so that everybody reads what the others did. */
  reflected?: string | undefined;
}

/** What every command answers. */
export interface Made {
  readonly id: string;
}

export interface List<Item> {
  readonly items: readonly Item[];
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Something was answered that the story does not expect: the demo does not fit the server. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

/** Access tokens live for fifteen minutes. */
const STAYS_MS = 13 * 60 * 1000;
const PATIENCE = 60;

/** Somebody at work, over HTTP like every application: signs in, stays signed in as the days go by, reads their own writes. */
export class Person {
  /** Known once they have signed in. */
  userId = '';
  private access = '';
  private refresh = '';
  private until = 0;

  constructor(
    private readonly office: Office,
    readonly name: readonly [first: string, last: string],
    readonly email: string,
    /** Out of the block for documentation (RFC 5737). */
    private readonly address: string,
  ) {}

  get fullName(): string {
    return this.name.join(' ');
  }

  /** Makes an account and verifies its address. */
  async signUp(): Promise<void> {
    const [firstName, lastName] = this.name;
    const { email } = this;
    await this.open('/v1/accounts', { email, password: this.office.password, firstName, lastName });
    await this.open('/v1/accounts/verify', { token: await this.office.mailed(email, 'verify') });
    await this.signIn();
  }

  /** Accepts the invitation that was mailed to them. */
  async accept(): Promise<void> {
    const token = await this.office.mailed(this.email, 'invitations/accept');
    await this.open('/v1/invitations/accept', { token, password: this.office.password });
    await this.signIn();
  }

  /** Answers the body. @throws DemoFailure unless it is answered by 200 or 201 */
  async post<Body = Made>(path: string, body: object = {}): Promise<Body> {
    return (await this.expected('POST', path, [200, 201], JSON.stringify(body))) as Body;
  }

  async put(path: string, body: object): Promise<void> {
    await this.expected('PUT', path, [200], JSON.stringify(body));
  }

  async get<Body>(path: string): Promise<Body> {
    return (await this.expected('GET', path, [200])) as Body;
  }

  async upload(path: string, csv: string): Promise<void> {
    await this.expected('POST', path, [201], csv, 'text/csv');
  }

  /** Something that they may not: the refusal is what is wanted. */
  async attempt(path: string, body: object = {}): Promise<void> {
    await this.expected('POST', path, [403, 404], JSON.stringify(body));
  }

  /** Looks where they may not. */
  async peek(path: string): Promise<void> {
    await this.expected('GET', path, [403, 404]);
  }

  private async signIn(): Promise<void> {
    const { email } = this;
    this.keep((await this.open('/v1/sessions', { email, password: this.office.password })) as Tokens);
    if (this.userId === '') this.userId = (await this.get<Made>('/v1/me')).id;
  }

  private keep({ accessToken, refreshToken }: Tokens): void {
    this.access = accessToken;
    this.refresh = refreshToken;
    this.until = this.office.clock() + STAYS_MS;
  }

  private async staySignedIn(): Promise<void> {
    if (this.office.clock() < this.until) return;
    const { status, body } = await this.send('POST', '/v1/sessions/refresh', {
      body: JSON.stringify({ refreshToken: this.refresh }),
    });
    if (status < 300) this.keep(body as Tokens);
    else await this.signIn();
  }

  private async expected(
    method: string,
    path: string,
    statuses: readonly number[],
    body?: string,
    type?: string,
  ): Promise<unknown> {
    await this.staySignedIn();
    for (let tries = 1; ; tries++) {
      const answer = await this.send(method, path, { body, type, token: this.access });
      if (statuses.includes(answer.status)) return answer.body;
      const again = answer.status === 503 || answer.status === 429;
      if (!again || tries === PATIENCE) throw failure(this.fullName, method, path, answer);
      await sleep(500);
    }
  }

  /** A route that asks for nobody. */
  private async open(path: string, body: object): Promise<unknown> {
    const answer = await this.send('POST', path, { body: JSON.stringify(body) });
    if (answer.status >= 300) throw failure(this.fullName, 'POST', path, answer);
    return answer.body;
  }

  private async send(
    method: string,
    path: string,
    {
      body,
      type = 'application/json',
      token,
    }: { body?: string | undefined; type?: string | undefined; token?: string | undefined },
  ): Promise<Answer> {
    const response = await fetch(`${this.office.url}${path}`, {
      method,
      headers: {
        'x-forwarded-for': this.address,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': type }),
        ...(method === 'GET' && this.office.reflected !== undefined
          ? { 'countersign-at-least': this.office.reflected }
          : {}),
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const position = response.headers.get('countersign-position');
    if (method !== 'GET' && response.ok && position !== null) this.office.reflected = position;
    const json = response.headers.get('content-type')?.includes('json') === true && text !== '';
    return { status: response.status, body: json ? (JSON.parse(text) as unknown) : text };
  }
}

function failure(name: string, method: string, path: string, { status, body }: Answer): DemoFailure {
  const said = typeof body === 'string' ? body : JSON.stringify(body);
  return new DemoFailure(`${name} got an unexpected answer to ${method} ${path}: ${status} ${said.slice(0, 500)}`);
}
