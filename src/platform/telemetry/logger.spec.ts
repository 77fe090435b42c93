import { createLogger, masked, NestLogger } from './logger.js';

const capture = (): { lines: () => Record<string, unknown>[]; output: { write(line: string): void } } => {
  const written: string[] = [];
  return {
    lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>),
    output: { write: (line) => void written.push(line) },
  };
};

describe('the log', () => {
  it('is JSON lines with level, time and message', () => {
    const { lines, output } = capture();
    createLogger('info', output).info({ requestId: 'r1', status: 200 }, 'request');
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        requestId: 'r1',
        status: 200,
        message: 'request',
      },
    ]);
  });

  it('holds no personal data and no secrets, even when they are handed to it', () => {
    const { lines, output } = capture();
    const error = Object.assign(new Error('550 no mailbox for jane.doe@example.com'), {
      code: 'EENVELOPE',
      config: { auth: 'hunter2' },
      cause: new Error('at <jane.doe@example.com>'),
    });
    createLogger('info', output).error(
      { err: error, email: 'jane.doe@example.com', person: { firstName: 'Jane', token: 'hunter2' }, ip: '192.0.2.1' },
      'mail failed',
    );
    const text = JSON.stringify(lines());
    expect(text).not.toMatch(/jane|hunter2|192\.0\.2\.1/i);
    expect(masked('at file:///app/node_modules/@nestjs/core/x.js:1:2')).toContain('@nestjs/core');
    expect(lines()[0]).toMatchObject({
      err: { code: 'EENVELOPE', message: '550 no mailbox for [email]', cause: { type: 'Error' } },
    });
  });

  it('takes what Nest says, at a level below', () => {
    const { lines, output } = capture();
    const nest = new NestLogger(createLogger('debug', output));
    nest.log('Mapped {/v1/me, GET} route', 'RouterExplorer');
    nest.error(new Error('broken'), 'Injector');
    nest.verbose('nothing');
    expect(lines()).toMatchObject([
      { level: 'debug', from: 'RouterExplorer', message: 'Mapped {/v1/me, GET} route' },
      { level: 'error', from: 'Injector', err: { message: 'broken' }, message: 'broken' },
    ]);
  });
});
