import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROLES, type Part } from './demo/business.js';
import { Diary } from './demo/diary.js';
import { FIRST_DAY, LAST_DAY, liveAYear } from './demo/year.js';
import { createApp, listen, openProcess } from './main.js';
import type { Settings } from './platform/config/settings.js';
import { logFile } from './platform/event-store/sqlite/database.js';
import { randomBytes } from './platform/random.js';
import { Progress } from './progress.js';

export interface DemoOptions {
  readonly seed: number;
}

/** Milliseconds. */
const MAIL_WITHIN = 30_000;
const DRAIN = 10_000;

/**
 * `countersign demo`: makes an organisation with a year of business in an empty data folder, through commands, and answers how to
 * sign in as each of its six people. Serves on a free port of the loopback interface meanwhile; mails go into the outbox.
 *
 * @throws Error with one sentence: the folder is in use, or stores are servers
 */
export async function demo(settings: Settings, { seed }: DemoOptions): Promise<readonly string[]> {
  const { dataDir, servers } = settings;
  if (Object.keys(servers).length > 0)
    throw new Error('The demo wants embedded stores: unset EVENT_STORE_URL, READ_MODEL_URL and VAULT_URL');
  if (existsSync(logFile(dataDir)))
    throw new Error(`${dataDir} holds a log already: give the demo a folder of its own, as in DATA_DIR=./demo`);
  const outbox = join(dataDir, 'outbox');
  const { publicUrl: _, rateLimit: __, ...rest } = settings;
  const own: Settings = {
    ...rest,
    host: '127.0.0.1',
    port: 0,
    mail: { kind: 'folder', folder: outbox },
    trustProxy: ['127.0.0.1'],
    logLevel: 'error',
  };
  const diary = new Diary(FIRST_DAY);
  const password = randomBytes(12).toString('base64url');
  const opened = await openProcess(own, diary.clock);
  try {
    const { app, edge } = await createApp(opened);
    const url = await listen(app, own);
    const progress = new Progress('a year of business');
    try {
      const office = { url, password, mailed: (to: string, path: string) => tokenIn(outbox, to, path) };
      const people = await liveAYear(office, { diary, seed }, (today) => progress.show(dayOf(today), dayOf(LAST_DAY)));
      return guide(people, password);
    } finally {
      progress.end();
      await edge.close(DRAIN);
    }
  } finally {
    await opened.close();
  }
}

const dayOf = (date: string): number =>
  Math.round((Date.parse(date) - Date.parse(`${date.slice(0, 4)}-01-01`)) / 86_400_000) + 1;

/** The token of the newest link to a path that was mailed to an address; mails are sent behind the answer. */
async function tokenIn(outbox: string, to: string, path: string): Promise<string> {
  for (let waited = 0; waited < MAIL_WITHIN; waited += 20) {
    const names = (await readdir(outbox).catch(() => [])).filter((name) => name.endsWith('.eml')).sort();
    for (const name of names.reverse()) {
      const text = await readFile(join(outbox, name), 'utf8');
      const token = new RegExp(`/${path}#token=(\\S+)`).exec(text)?.[1];
      if (token !== undefined && /^To: (.*)$/im.exec(text)?.[1]?.includes(to) === true) return token;
    }
    await sleep(20);
  }
  throw new Error(`The mail to ${to} did not come`);
}

function guide(people: Awaited<ReturnType<typeof liveAYear>>, password: string): readonly string[] {
  const parts = Object.keys(ROLES) as Part[];
  return [
    'Hale & Daughters, 2 January to 31 December 2025. Start the server over the same folder (npm start), and sign in:',
    '',
    ...parts.map((part) => `  ${people[part].email.padEnd(18)} ${people[part].fullName.padEnd(10)} ${ROLES[part]}`),
    '',
    `All with the password ${password} (it is shown this once), as in`,
    '',
    `  curl -s http://127.0.0.1:3000/v1/sessions -H 'content-type: application/json' -d '{"email":"${people.owner.email}","password":"${password}"}'`,
    '',
    'GET /v1/me/organisations says where they are; GET .../audit tells who did what.',
  ];
}
