import type { Client, Json } from './client.js';
import type { Server } from './server.js';

export const PASSWORD = 'correct horse battery staple';

/** A new person with a verified address, signed in. */
export async function signUp(server: Server, email: string, firstName = 'Pat', lastName = 'Smith'): Promise<Client> {
  const visitor = server.client();
  const account = await visitor.post('/v1/accounts', { email, password: PASSWORD, firstName, lastName });
  expectStatus(account, 201);
  const verified = await visitor.post('/v1/accounts/verify', { token: await server.mailToken(email, 'verify') });
  expectStatus(verified, 200);
  return signIn(server, email);
}

export async function signIn(server: Server, email: string, password = PASSWORD): Promise<Client> {
  const session = await server.client().post('/v1/sessions', { email, password });
  expectStatus(session, 201);
  const client = server.client().as(session.body.accessToken as string);
  const me = await client.get('/v1/me');
  expectStatus(me, 200);
  return client.as(session.body.accessToken as string, me.body.id as string);
}

/** A new organisation of this person; answers its id. */
export async function found(owner: Client, name = 'Hale & Daughters', currency = 'GBP'): Promise<string> {
  const made = await owner.post('/v1/organisations', { name, currency });
  expectStatus(made, 201);
  return made.body.id as string;
}

/** Invites a new person with roles, who accepts with a password of their own; answers them signed in. */
export async function join(
  server: Server,
  inviter: Client,
  organisation: string,
  email: string,
  roles?: readonly unknown[],
  [firstName, lastName]: readonly [string, string] = ['Bob', 'Hale'],
): Promise<Client> {
  const invitation = await inviter.post(`/v1/organisations/${organisation}/invitations`, {
    email,
    firstName,
    lastName,
    ...(roles === undefined ? {} : { roles }),
  });
  expectStatus(invitation, 201);
  const token = await server.mailToken(email, 'invitations/accept');
  expectStatus(await server.client().post('/v1/invitations/accept', { token, password: PASSWORD }), 200);
  return signIn(server, email);
}

function expectStatus(answer: { status: number; body: Json }, status: number): void {
  if (answer.status !== status)
    throw new Error(`expected ${status}, got ${answer.status}: ${JSON.stringify(answer.body)}`);
}
