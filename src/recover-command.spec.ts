import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Secret, TOTP } from 'otpauth';
import { itIf } from '../test/support/available.js';
import type { Client, Json } from '../test/support/client.js';
import { found, join, PASSWORD, signIn, signUp } from '../test/support/people.js';
import { repositoryRoot } from '../test/support/root.js';
import { Server } from '../test/support/server.js';
import { embedded, environmentOf } from '../test/support/stores.js';
import { deleteViews } from '../test/support/view-documents.js';

const run = promisify(execFile);
const CLI = fileURLToPath(new URL('./cli.js', import.meta.url));
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);
const NEW_PASSWORD = 'a password from the link';
/** Servers are started and stopped, and each command is a process of its own. */
const SLOW = 120_000;
/** As the documentation writes it. */
const REASON = 'met in the office, passport seen, ticket 42';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (folder: string): NodeJS.ProcessEnv => ({
  ...environmentOf(folder),
  DATA_DIR: folder,
  LOG_LEVEL: 'info',
  PUBLIC_URL: 'https://books.example',
});
const recover = (folder: string, ...args: readonly string[]): Promise<Ran> =>
  run(process.execPath, [CLI, 'recover-primary', ...args], { env: environment(folder) }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ran,
  );
/** The shell blocks of the documentation, as they are written, but for where `npx` finds the program. */
async function documented(): Promise<readonly string[]> {
  const page = await readFile(path(repositoryRoot, 'docs/operations/recovery.md'), 'utf8');
  return [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) =>
    block!.replace('npx countersign', `"${process.execPath}" "${CLI}"`),
  );
}
const bash = (script: string, env: NodeJS.ProcessEnv): Promise<Ran> =>
  run('bash', ['-e', '-c', script], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Ran,
  );
const tokenIn = (stdout: string): string => /^https:\/\/books\.example\/reset-password#token=(\S+)$/m.exec(stdout)![1]!;
const said = ({ stderr }: Ran): readonly string[] => stderr.trim().split('\n');

describe('a Primary who lost everything', () => {
  let server: Server;
  let folder: string;
  let ann: Client;
  let sue: Client;
  let first: string;
  let second: string;
  let elsewhere: string;
  let key: Client;

  beforeAll(async () => {
    server = await Server.start();
    folder = server.folder;
    ann = await signUp(server, 'ann@hale.example', 'Ann', 'Hale');
    first = await found(ann, 'Hale & Daughters');
    second = await found(ann, 'Hale Trading');
    sue = await join(server, ann, first, 'sue@hale.example', ['admin'], ['Sue', 'Low']);
    elsewhere = await found(sue, 'Low');
    const made = await ann.post(`/v1/organisations/${first}/api-keys`, {
      name: 'Sync',
      permissions: ['customers:read'],
    });
    expect(made.status).toBe(201);
    key = server.client().as(made.body.key as string);
    expect((await key.get(`/v1/organisations/${first}/customers`)).status).toBe(200);
    await withSecondFactor(ann);
    expect(await signInWith('ann@hale.example', PASSWORD)).toMatchObject({ status: 401, body: { secondFactor: true } });
    // An open proposal that whoever got into the account may have made.
    const proposal = { userId: sue.userId, password: PASSWORD };
    expect((await ann.post(`/v1/organisations/${first}/primary/handover`, proposal)).status).toBe(201);
  }, SLOW);
  afterAll(() => server.dispose());

  const withSecondFactor = async (client: Client): Promise<void> => {
    const prepared = await client.post('/v1/me/second-factor', { password: PASSWORD });
    expect(prepared.status).toBe(200);
    const code = new TOTP({ secret: Secret.fromBase32(prepared.body.secret as string) }).generate();
    expect((await client.post('/v1/me/second-factor/confirm', { code })).status).toBe(200);
  };
  const signInWith = (email: string, password: string): Promise<Json> =>
    server.client().post('/v1/sessions', { email, password });
  const reset = (token: string, password = NEW_PASSWORD): Promise<Json> =>
    server.client().post('/v1/accounts/reset-password', { token, password });
  const started = async (client: Client, organisation: string): Promise<Json[]> =>
    (await client.get(`/v1/organisations/${organisation}/audit?type=PrimaryRecoveryStarted`)).body.items as Json[];

  it(
    'is not helped while a server works on the data folder, which is said',
    async () => {
      const ran = await recover(folder, first, '--to', 'ann@new.example');
      expect(ran.code).toBe(1);
      expect(said(ran)).toHaveLength(1);
      expect(ran.stderr).toContain('stop the server, run this again, and start it');
      expect(ran.stdout).toBe('');
      expect((await ann.get('/v1/me')).status).toBe(200);
    },
    SLOW,
  );

  it(
    'is not helped by a command that is wrong, and nothing happens',
    async () => {
      await server.stop();
      const wrong: readonly (readonly [readonly string[], string])[] = [
        [['none'], 'An organisation is named by its id'],
        [[randomUUID()], 'There is no organisation'],
        [[first, '--to', 'ann at new'], '--to must be an email address'],
        [[first, '--reason', ' '], '--reason must not be blank'],
        [[first, '--to', 'sue@hale.example'], 'Another account has verified this address'],
        [[], "missing required argument 'organisation'"],
      ];
      for (const [args, message] of wrong) {
        const ran = await recover(folder, ...args);
        expect([args, ran.code, ran.stdout]).toEqual([args, 1, '']);
        expect(ran.stderr).toContain(message);
      }
      server = await Server.start({ folder });
      [ann, sue, key] = [ann.at(server.url), sue.at(server.url), key.at(server.url)];
      expect((await ann.get('/v1/me')).status).toBe(200);
      expect(await started(ann, first)).toEqual([]);
    },
    SLOW,
  );

  it(
    'is not looked for in a folder without a log',
    async () => {
      const empty = await mkdtemp(path(tmpdir(), 'nothing-'));
      const ran = await recover(empty, randomUUID());
      expect([ran.code, said(ran)]).toEqual([1, [expect.stringContaining('is DATA_DIR right?')]]);
      expect(await readdir(empty)).toEqual([]);
      await rm(empty, { recursive: true });
    },
    SLOW,
  );

  let token: string;

  it(
    'gets one link, and nothing else opens the account any more',
    async () => {
      await server.stop();
      // The log is enough: views may be gone.
      if (embedded) await deleteViews(folder);
      const [command = ''] = await documented();
      const ran = await bash(command, { ...environment(folder), ORGANISATION: second });
      expect({ ...ran, stdout: '' }).toEqual({ code: 0, stdout: '', stderr: '' });
      const lines = ran.stdout.trim().split('\n');
      expect(lines[0]).toBe(
        'Ann Hale is the Primary of Hale Trading, Hale & Daughters, and signs in as ann@new.example.',
      );
      expect(lines.filter((line) => line.includes('token='))).toHaveLength(1);
      token = tokenIn(ran.stdout);

      server = await Server.start({ folder });
      [ann, sue, key] = [ann.at(server.url), sue.at(server.url), key.at(server.url)];
      expect((await ann.get('/v1/me')).status).toBe(401);
      expect((await key.get(`/v1/organisations/${first}/customers`)).status).toBe(401);
      for (const email of ['ann@hale.example', 'ann@new.example'])
        expect((await signInWith(email, PASSWORD)).status).toBe(401);
      await server.mail('ann@hale.example', /has given your account another email address/);
    },
    SLOW,
  );

  it('sets a new password by it, once, and is the Primary as before', async () => {
    expect((await reset(`${token.slice(0, -1)}x`)).status).toBe(400);
    expect((await reset(token)).status).toBe(200);
    expect((await reset(token, 'somebody else entirely')).status).toBe(400);
    ann = await signIn(server, 'ann@new.example', NEW_PASSWORD);
    expect((await ann.get('/v1/me')).body).toMatchObject({
      id: ann.userId,
      email: 'ann@new.example',
      firstName: 'Ann',
      lastName: 'Hale',
    });
    expect((await signInWith('ann@hale.example', NEW_PASSWORD)).status).toBe(401);
    for (const organisation of [first, second]) {
      expect((await ann.get(`/v1/organisations/${organisation}`)).body).toMatchObject({ primary: ann.userId });
      expect((await ann.get(`/v1/organisations/${organisation}/account-billing`)).status).toBe(200);
    }
    expect((await ann.get(`/v1/organisations/${first}/primary/handover`)).status).toBe(404);
    // What an earlier hand made stays void.
    expect((await key.get(`/v1/organisations/${first}/customers`)).status).toBe(401);
    // The old address is free for whoever has it.
    const earlier = await server.mailToken('ann@hale.example', 'verify');
    const other = { email: 'ann@hale.example', password: PASSWORD, firstName: 'Ann', lastName: 'Other' };
    expect((await server.client().post('/v1/accounts', other)).status).toBe(201);
    let mailed = earlier;
    while (mailed === earlier) mailed = await server.mailToken('ann@hale.example', 'verify');
    expect((await server.client().post('/v1/accounts/verify', { token: mailed })).status).toBe(200);
  });

  it('finds it in the trail of all organisations that are theirs, and of no other', async () => {
    const entry = {
      type: 'PrimaryRecoveryStarted',
      summary: "Countersign let an operator start the recovery of the Primary's account, with another email address",
      actor: { kind: 'system', id: 'operator' },
      record: { kind: 'member', id: ann.userId, label: 'Ann Hale' },
      changes: [{ field: 'reason', from: null, to: REASON }],
    };
    expect(await started(ann, first)).toMatchObject([entry]);
    expect(await started(ann, second)).toMatchObject([entry]);
    expect(await started(sue, first)).toMatchObject([entry]);
    expect(await started(sue, elsewhere)).toEqual([]);
  });

  itIf(hasCurl, 'there is no curl', 'finds it by the command of the documentation', async () => {
    const [, command = ''] = await documented();
    const env = { ...process.env, SERVER: server.url, ORGANISATION: first, TOKEN: ann.token };
    const { items } = JSON.parse((await bash(command, env)).stdout) as { items: Json[] };
    expect(items).toMatchObject([{ type: 'PrimaryRecoveryStarted', actor: { id: 'operator' } }]);
  });

  it(
    'leaves neither the link nor an address anywhere but on the terminal and in the mail',
    async () => {
      await server.stop();
      for (const name of await readdir(folder)) {
        if (!name.startsWith('events.db')) continue;
        const bytes = await readFile(path(folder, name));
        for (const secret of [token, 'ann@new.example', 'passport seen'])
          expect([name, secret, bytes.includes(secret)]).toEqual([name, secret, false]);
      }
      expect(server.output.join('\n')).not.toContain(token);
      server = await Server.start({ folder });
    },
    SLOW,
  );

  it(
    'can be helped again, with the address that they have, and only the newest link is good',
    async () => {
      await server.stop();
      const [one, two] = [await recover(folder, first), await recover(folder, first, '--to', 'ann@new.example')];
      expect([one.code, two.code]).toEqual([0, 0]);
      expect(one.stdout).toContain(
        'Ann Hale is the Primary of Hale & Daughters, Hale Trading, and signs in as ann@new.example.',
      );
      server = await Server.start({ folder });
      expect((await reset(tokenIn(one.stdout))).status).toBe(400);
      expect((await signInWith('ann@new.example', NEW_PASSWORD)).status).toBe(401);
      expect((await reset(tokenIn(two.stdout), PASSWORD)).status).toBe(200);
      ann = await signIn(server, 'ann@new.example');
      expect((await started(ann, first)).map(({ changes }) => changes as Json[])).toEqual([
        [],
        [],
        [{ field: 'reason', from: null, to: REASON }],
      ]);
    },
    SLOW,
  );
});
