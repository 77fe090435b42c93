import { type LoggerService } from '@nestjs/common';
import { destination, type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from '../config/settings.js';

export type { Logger } from 'pino';

/** Injection token of the process's logger. */
export const LOGGER = Symbol('Logger');

/**
 * Names under which personal data or secrets might be handed to the logger by mistake. Nothing in Countersign logs them;
 * this is the second lock. One level deep is as far as it looks.
 */
const NEVER = [
  ...['email', 'firstName', 'lastName', 'phone', 'ip', 'userAgent', 'remoteAddress'],
  ...['password', 'token', 'accessToken', 'refreshToken', 'authorization', 'key', 'secret', 'body', 'headers', 'query'],
];
const redacted = NEVER.flatMap((name) => [name, `*.${name}`]);

/** JSON lines: `{"level":"info","time":"<instant>", ..., "message"}`. To standard output by default. */
export function createLogger(level: LogLevel, output: DestinationStream = standardOutput()): Logger {
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => describeError(error) },
      redact: { paths: redacted, censor: '[redacted]' },
    },
    output,
  );
}

const BLOCK_CHARACTERS = 32_768;
const MAX_DELAY_MS = 250;

/**
 * Standard output in blocks of 32 KiB or four times a second, whatever comes first, and at the end of the process. Gathered
 * here, because pino's own destination measures its whole block again for each line that joins it.
 */
function standardOutput(): DestinationStream {
  // What is less than a block is written when it is told to, so that at the end nothing is left to a write under way.
  const output = destination({ dest: 1, sync: false, minLength: BLOCK_CHARACTERS, maxWrite: 2 * BLOCK_CHARACTERS });
  let lines: string[] = [];
  let length = 0;
  const handOver = (): void => {
    if (lines.length > 0) output.write(lines.join(''));
    lines = [];
    length = 0;
  };
  setInterval(() => {
    if (lines.length === 0) return;
    handOver();
    output.flush();
  }, MAX_DELAY_MS).unref();
  process.on('exit', () => {
    handOver();
    output.flushSync();
  });
  return {
    write(line) {
      lines.push(line);
      length += line.length;
      if (length >= BLOCK_CHARACTERS) handOver();
    },
  };
}

/** A slash before the @ is a path of a package in a stack, not a person. */
const EMAIL = /[^\s"'<>()@,;:/]{1,64}@[^\s"'<>()@,;:/]{1,255}/g;
const MAX_TEXT = 4000;

/** Text of an error without the addresses of people in it; servers like to repeat those. */
export const masked = (text: string): string => text.slice(0, MAX_TEXT).replace(EMAIL, '[email]');

/**
 * What the log says of an error: class, message, code, stack, and causes. Nothing else that hangs on it, because drivers and
 * clients attach requests, rows and credentials.
 */
export function describeError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { type: typeof error, message: masked(String(error)) };
  const code = (error as { code?: unknown }).code;
  return {
    type: error.name,
    message: masked(error.message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: masked(error.stack ?? ''),
    ...(error.cause === undefined || depth === 3 ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}

/** The same log for lines of fixed fields on the hot path: looking for what must not be there costs 14 microseconds a line. */
export const withoutRedaction = (logger: Logger): Logger => logger.child({}, { redact: { paths: [] } });

/** Nest's own messages in the same log. What it says while it boots is of interest to nobody but its debugger. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...context: unknown[]): void {
    this.write('debug', message, context);
  }
  fatal(message: unknown, ...context: unknown[]): void {
    this.write('fatal', message, context);
  }
  error(message: unknown, ...context: unknown[]): void {
    this.write('error', message, context);
  }
  warn(message: unknown, ...context: unknown[]): void {
    this.write('warn', message, context);
  }
  debug(message: unknown, ...context: unknown[]): void {
    this.write('debug', message, context);
  }
  verbose(message: unknown, ...context: unknown[]): void {
    this.write('trace', message, context);
  }

  /** Nest hands over the name of the class last, and the stack of an error before it. */
  private write(level: Exclude<LogLevel, 'silent'>, message: unknown, context: unknown[]): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const source = context.at(-1);
    const from = typeof source === 'string' ? { from: source } : {};
    if (message instanceof Error) this.logger[level]({ ...from, err: message }, masked(message.message));
    else this.logger[level](from, masked(String(message)));
  }
}
