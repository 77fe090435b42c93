import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { readSettings } from '../../src/platform/config/settings.js';
import { describeIf, itIf } from '../support/available.js';
import { repositoryRoot } from '../support/root.js';

const run = promisify(execFile);
const text = (file: string): Promise<string> => readFile(join(repositoryRoot, file), 'utf8');
const { PATH = '', HOME = '' } = process.env;

/** What is used of a compose file as it is resolved: variables, anchors and short forms are gone. */
interface Service {
  readonly image: string;
  readonly build?: object;
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly { readonly host_ip?: string; readonly published: string; readonly target: number }[];
  readonly networks?: Readonly<Record<string, unknown>>;
  readonly network_mode?: string;
  readonly volumes?: readonly { readonly source: string; readonly target: string; readonly read_only?: boolean }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
}
interface Project {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly configs: Readonly<Record<string, { readonly file: string }>>;
}

/** The reader of compose files (test/support/compose), built once and kept by what it is made of; or why there is none. */
async function reader(): Promise<{ readonly file: string } | { readonly missing: string }> {
  const source = join(repositoryRoot, 'test/support/compose');
  let version: string;
  try {
    version = (await run('go', ['version'])).stdout;
  } catch {
    return { missing: 'Go is not installed, which builds the library of docker compose' };
  }
  const hash = createHash('sha256').update(version);
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(await readFile(join(source, name)));
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'countersign');
  const file = join(folder, `compose-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(file)) return { file };
  try {
    await mkdir(folder, { recursive: true });
    const made = `${file}.${process.pid}`;
    const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly -buildvcs=false' };
    await run('go', ['build', '-trimpath', '-o', made, '.'], { cwd: source, env, timeout: 10 * 60_000 });
    await rename(made, file);
    return { file };
  } catch {
    return { missing: 'the library of docker compose could not be built' };
  }
}

const found = await reader();

const SECRETS: Readonly<Record<string, string>> = {
  MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  EVENTSTORE_ADMIN_PASSWORD: 'a1',
  EVENTSTORE_OPS_PASSWORD: 'b2',
  EVENTSTORE_PASSWORD: 'c3',
  MONGODB_ROOT_PASSWORD: 'd4',
  MONGODB_PASSWORD: 'e5',
};

async function composed(environment: Readonly<Record<string, string>>, ...profiles: string[]): Promise<Project> {
  const program = 'file' in found ? found.file : '';
  const { stdout } = await run(program, [join(repositoryRoot, 'docker-compose.yml'), ...profiles], {
    env: { PATH, HOME, ...environment },
  });
  return JSON.parse(stdout) as Project;
}

const missing = 'missing' in found ? found.missing : undefined;
describeIf(missing === undefined, missing ?? '', 'docker-compose.yml', () => {
  let project: Project;
  let services: readonly (readonly [string, Service])[];
  const named = (name: string): Service => project.services[name]!;
  const settingsOf = (name: string) =>
    readSettings(
      Object.fromEntries(Object.entries(named(name).environment ?? {}).map(([key, value]) => [key, value ?? ''])),
    );

  beforeAll(async () => {
    project = await composed(SECRETS, 'two-nodes');
    services = Object.entries(project.services);
  });

  it('does not start without each secret, and names the one that is missing', async () => {
    for (const name of Object.keys(SECRETS)) {
      const { [name]: _, ...others } = SECRETS;
      await expect(composed(others)).rejects.toMatchObject({ stderr: expect.stringContaining(name) as string });
    }
  });

  it('has a second node in the profile two-nodes alone', async () => {
    const one = Object.keys((await composed(SECRETS)).services);
    const two = services.map(([name]) => name);
    expect(one).toContain('countersign');
    expect(two.filter((name) => !one.includes(name))).toEqual(['countersign-2']);
  });

  it('gives Countersign settings that it takes: all stores on servers, over TLS where that means users', () => {
    const { servers, masterKey, mail } = settingsOf('countersign');
    expect(servers.eventStore).toMatch(/^esdb:\/\/countersign:c3@eventstore:2113\?tls=true&tlsCaFile=/);
    expect(servers.readModel).toMatch(/^mongodb:\/\/countersign:e5@mongodb:27017\/views\?/);
    expect(servers.vault).toMatch(/^mongodb:\/\/countersign:e5@mongodb:27017\/vault\?/);
    expect([masterKey, mail.kind]).toEqual([SECRETS.MASTER_KEY, 'smtp']);
    expect(named('eventstore').environment).not.toHaveProperty('EVENTSTORE_INSECURE');
  });

  it('gives both nodes the same settings, and each a data folder of its own', () => {
    expect(settingsOf('countersign-2')).toEqual(settingsOf('countersign'));
    const data = ['countersign', 'countersign-2'].map(
      (name) => named(name).volumes?.find(({ target }) => target === '/data')?.source,
    );
    expect(new Set(data).size).toBe(2);
    expect(data).not.toContain(undefined);
  });

  it('publishes Countersign and the mailbox, on the loopback interface, and no store', () => {
    const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => ({ name, ...port })));
    expect(published.map(({ name, host_ip, published: port }) => `${name} ${host_ip}:${port}`).sort()).toEqual([
      'countersign 127.0.0.1:3000',
      'countersign-2 127.0.0.1:3001',
      'mail 127.0.0.1:8025',
    ]);
    for (const name of ['eventstore', 'mongodb']) {
      const networks = Object.keys(named(name).networks ?? {});
      expect(networks.length).toBeGreaterThan(0);
      for (const network of networks) expect(project.networks[network]).toMatchObject({ internal: true });
    }
  });

  it('gives no container capabilities, and only EventStoreDB a file system to write to', () => {
    for (const [name, { cap_drop, cap_add = [], security_opt }] of services) {
      expect([name, cap_drop, security_opt]).toEqual([name, ['ALL'], ['no-new-privileges:true']]);
      expect([name, cap_add]).toEqual([name, name === 'certificates' ? ['CHOWN'] : []]);
    }
    expect(services.filter(([, { read_only }]) => read_only !== true).map(([name]) => name)).toEqual(['eventstore']);
  });

  it('starts nothing before what it needs is healthy or done', async () => {
    const imageChecks = /^HEALTHCHECK /m.test(await text('Dockerfile'));
    for (const [name, { depends_on = {}, healthcheck, build, restart }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const lasts = named(needed).restart !== undefined;
        const expected = lasts ? 'service_healthy' : 'service_completed_successfully';
        expect([name, needed, condition]).toEqual([name, needed, expected]);
      }
      const checked = healthcheck?.test !== undefined || (build !== undefined && imageChecks);
      if (restart !== undefined) expect([name, checked]).toEqual([name, true]);
    }
  });

  it('shows the key of the certificate authority to the step that uses it, and mounts files that there are', async () => {
    const holders = services.filter(([, { volumes = [] }]) => volumes.some(({ source }) => source === 'ca-key'));
    expect(holders.map(([name, { network_mode }]) => [name, network_mode])).toEqual([['certificates', 'none']]);
    for (const { file } of Object.values(project.configs)) await access(file);
  });
});

const hasHadolint = await run('hadolint', ['--version']).then(
  () => true,
  () => false,
);

describe('the Dockerfile', () => {
  itIf(hasHadolint, 'hadolint is not installed', 'is one that hadolint has nothing against', async () => {
    await expect(run('hadolint', [join(repositoryRoot, 'Dockerfile')])).resolves.toMatchObject({ stdout: '' });
  });

  it('copies what there is, and what .dockerignore lets through', async () => {
    const letThrough = (await text('.dockerignore')).split('\n').flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);
    const copies = [...(await text('Dockerfile')).matchAll(/^COPY (?!--from)(.+)$/gm)];
    const sources = copies.flatMap(([, words]) => words!.split(' ').slice(0, -1));
    expect(new Set(sources)).toEqual(new Set(letThrough));
    for (const source of sources) await access(join(repositoryRoot, source));
  });

  it('does not run as root', async () => {
    const last = (await text('Dockerfile')).split(/^FROM /m).at(-1)!;
    expect(/^USER (\d+):(\d+)$/m.exec(last)?.slice(1).map(Number)).toEqual([1000, 1000]);
  });
});

describe('the table of settings in the README', () => {
  it('names what the code reads, and nothing else', async () => {
    const read = new Set<string>();
    const recording = new Proxy<Record<string, string>>({}, { get: (_, name) => void read.add(String(name)) });
    readSettings(recording);
    const [, table = ''] = /^## Settings$(.*?)^## /ms.exec(await text('README.md'))!;
    const told = [...table.matchAll(/^\|([^|]+)\|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([A-Z_]+)`/g)]);
    expect(told.map(([, name]) => name).sort()).toEqual([...read].sort());
  });
});

describe('the pages on operations', () => {
  it('link to files that there are', async () => {
    const pages = ['README.md', 'docs/ARCHITECTURE.md', 'docs/operations/README.md', 'docs/operations/production.md'];
    for (const page of pages) {
      const folder = join(repositoryRoot, page, '..');
      for (const [, target] of (await text(page)).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
        const file = join(folder, target!);
        expect([page, relative(repositoryRoot, file), existsSync(file)]).toEqual([page, expect.anything(), true]);
      }
    }
  });
});
