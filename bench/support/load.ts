import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import autocannon from 'autocannon';

export interface Load {
  /** Answers with status 2xx a second. */
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly failed: number;
  /** `wrk` where it is at hand (it costs the server less of the machine), `autocannon` otherwise. */
  readonly by: string;
}

/** What a command is posted with that makes a product. */
export const PRODUCT = { name: 'A frame of oak, 30 x 40', code: 'FR-3040', unitPrice: '12.50', vatRate: 2000 };

/** Posts one body over and over through so many connections. Loopback only, bounded in time. */
export async function post(
  url: string,
  value: object,
  { token, seconds, connections = 64 }: { token?: string; seconds: number; connections?: number },
): Promise<Load> {
  const body = JSON.stringify(value);
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return (
    (await byWrk(url, body, headers, seconds, connections)) ?? byAutocannon(url, body, headers, seconds, connections)
  );
}

async function byAutocannon(
  url: string,
  body: string,
  headers: Record<string, string>,
  seconds: number,
  connections: number,
): Promise<Load> {
  const result = await autocannon({ url, method: 'POST', headers, body, connections, duration: seconds });
  return {
    perSecond: result['2xx'] / result.duration,
    p99Ms: result.latency.p99,
    failed: result.non2xx + result.errors,
    by: 'autocannon',
  };
}

async function byWrk(
  url: string,
  body: string,
  headers: Record<string, string>,
  seconds: number,
  connections: number,
): Promise<Load | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-load-'));
  const script = join(folder, 'post.lua');
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  );
  await writeFile(
    script,
    `wrk.method = "POST"
wrk.body = ${JSON.stringify(body)}
${lines.join('\n')}
done = function(summary, latency)
  io.write(string.format('{"requests":%d,"us":%d,"bad":%d,"p99":%d}\\n', summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(99)))
end
`,
  );
  try {
    const child = spawn('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const found = await new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false));
      child.once('close', (code) => resolve(code === 0));
    });
    if (!found) return undefined;
    const result = JSON.parse(output.trim().split('\n').at(-1)!) as {
      requests: number;
      us: number;
      bad: number;
      p99: number;
    };
    return {
      perSecond: ((result.requests - result.bad) / result.us) * 1e6,
      p99Ms: result.p99 / 1000,
      failed: result.bad,
      by: 'wrk',
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
