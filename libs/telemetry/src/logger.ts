import { AsyncLocalStorage } from 'node:async_hooks';
import { type DestinationStream, destination, type Logger, pino } from 'pino';
import { prettyLine } from './log-line.ts';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** `auto`: lines for people on a terminal, JSON otherwise. */
  readonly format: 'auto' | 'pretty' | 'json';
  /** Where the lines go; the process's standard output when absent. */
  readonly output?: DestinationStream;
}

/** Ids that every line written within carries. */
export interface LogContext {
  readonly requestId?: string;
  readonly zone?: string;
  readonly player?: string;
}

const contexts = new AsyncLocalStorage<LogContext>();

/** Runs `work`, and whatever it starts, with these ids added to each line that is logged there. */
export function withLogContext<Result>(context: LogContext, work: () => Result): Result {
  return contexts.run({ ...contexts.getStore(), ...context }, work);
}

/** Values that must not be read in a log, wherever a caller put them. */
const SECRETS = [
  'token',
  'accessToken',
  'refreshToken',
  'ticket',
  'resume',
  'secret',
  'password',
  'authorization',
];

/** A logger of one service. Children carry their own ids: `logger.child({ zone })`. Lines are written at once. */
export function createLogger(options: LoggerOptions): Logger {
  const isTerminal = process.stdout.isTTY === true;
  const isPretty = options.format === 'pretty' || (options.format === 'auto' && isTerminal);
  const output = options.output ?? destination({ fd: 1, sync: true });
  const settings = {
    level: options.level,
    base: { service: options.service },
    mixin: () => contexts.getStore() ?? {},
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '(hidden)' },
  };
  return pino(settings, isPretty ? pretty(output, isTerminal) : output);
}

function pretty(output: DestinationStream, colour: boolean): DestinationStream {
  return { write: (line) => output.write(prettyLine(line, { colour })) };
}
