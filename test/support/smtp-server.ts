import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface TestSmtpServer {
  readonly port: number;
  /** What came after DATA, as it came, with its envelope. */
  readonly mails: { readonly from: string; readonly to: readonly string[]; readonly data: string }[];
  /** Answers instead of the usual ones, by the command that they answer: `{ 'RCPT': '550 no' }`. */
  readonly answers: Record<string, string>;
  connections: number;
  close(): Promise<void>;
}

/** Just enough of a mail server (RFC 5321) to see what a client says. */
export async function startSmtpServer(): Promise<TestSmtpServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    test.connections++;
    converse(socket, test);
  });
  const test: TestSmtpServer = {
    port: 0,
    mails: [],
    answers: {},
    connections: 0,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(test, { port: (server.address() as AddressInfo).port });
}

function converse(socket: Socket, { answers, mails }: TestSmtpServer): void {
  let [from, to, buffer, inData] = ['', [] as string[], '', false];
  const usual: Record<string, string> = { EHLO: '250-test\r\n250 8BITMIME', DATA: '354 go on', QUIT: '221 bye' };
  const say = (command: string): string => {
    const answer = answers[command] ?? usual[command] ?? '250 ok';
    socket.write(`${answer}\r\n`);
    return answer;
  };
  socket.write('220 test ESMTP\r\n');
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    buffer += chunk;
    for (;;) {
      const end = buffer.indexOf(inData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + (inData ? 5 : 2));
      if (inData) {
        inData = false;
        mails.push({ from, to, data: `${line}\r\n`.replace(/^\.\./gm, '.') });
        say('BODY');
        continue;
      }
      const command = line.split(/[ :]/)[0]!.toUpperCase();
      if (command === 'MAIL') [from, to] = [line, []];
      if (command === 'RCPT') to.push(line);
      inData = say(command).startsWith('354');
    }
  });
}
