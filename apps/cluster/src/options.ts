import { parseArgs } from 'node:util';
import { SERVICE_KINDS, type ServiceKind } from './service-process.ts';
import { DEFAULT_REPLICAS, type Replicas } from './services.ts';

export interface RunOptions {
  readonly replicas: Replicas;
  readonly port: number;
  readonly host: string;
  readonly nats: 1 | 3;
  readonly data: string | undefined;
  readonly restarts: boolean;
  readonly games: string | undefined;
  readonly worlds: readonly string[];
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: RunOptions }
  | { readonly kind: 'help' }
  /** What is wrong, in one line. */
  | { readonly kind: 'problem'; readonly line: string };

const MOST_REPLICAS = 16;
const DEFAULT_PORT = 8_080;

export const HELP = `Starts a whole cluster on this machine: NATS, Redis, PostgreSQL, and every service as a process of its own.

  npm run cluster -- [options]

  --replicas <list>  how many of each service, such as shard=4,gateway=2
                     (default: ${SERVICE_KINDS.map((kind) => `${kind}=${DEFAULT_REPLICAS[kind]}`).join(',')})
  --nats <1|3>       how many NATS servers; with three, one can fail (default: 1)
  --port <port>      the port of the page; 0 takes any free one (default: ${DEFAULT_PORT})
  --host <address>   the address to listen on; 0.0.0.0 lets other machines in (default: 127.0.0.1)
  --data <folder>    where everything is kept (default: a temporary folder, gone at the end)
  --games <folder>   where the rulesets of your own worlds are (default: games)
  --worlds <list>    which worlds there are, between commas (default: those in the box and all of your own)
  --no-restart       leaves a service that died as it is
  --help             this text

A service that dies is started again, with growing pauses. Ctrl-C stops everything, players told first.`;

/** Reads the command line. Never throws: what cannot be read is a problem in one line. */
export function parseOptions(args: readonly string[]): ParsedOptions {
  let values: Record<string, string | boolean | undefined>;
  try {
    values = parseArgs({
      args: [...args],
      options: {
        replicas: { type: 'string' },
        nats: { type: 'string' },
        port: { type: 'string' },
        host: { type: 'string' },
        data: { type: 'string' },
        games: { type: 'string' },
        worlds: { type: 'string' },
        'no-restart': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return problem(`${(error as Error).message.split('. ')[0]}: see --help`);
  }
  if (values.help === true) return { kind: 'help' };
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const replicas = replicasOf(text('replicas') ?? '');
  if (typeof replicas === 'string') return problem(replicas);
  const port = Number(text('port') ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || text('port') === '') {
    return problem(`--port is "${text('port')}": it must be a whole number from 0 to 65535`);
  }
  const nats = text('nats') ?? '1';
  if (nats !== '1' && nats !== '3') return problem(`--nats is "${nats}": it must be 1 or 3`);
  const host = text('host') ?? '127.0.0.1';
  if (!/^[0-9A-Za-z.:_-]+$/.test(host))
    return problem(`--host is "${host}": it must be an IP address or a host name`);
  const { data, games } = { data: text('data'), games: text('games') };
  if (data === '' || games === '') return problem('--data and --games need a path');
  const worlds = text('worlds')?.split(',') ?? [];
  if (!worlds.every((name) => /^[a-z0-9][a-z0-9-]*$/.test(name)))
    return problem(`--worlds is "${text('worlds')}": it must be names of worlds with commas between`);
  const restarts = values['no-restart'] !== true;
  return {
    kind: 'run',
    options: { replicas, port, host, nats: nats === '1' ? 1 : 3, data, games, worlds, restarts },
  };
}

/** `shard=4,gateway=2` over the defaults; a text says what is wrong. */
function replicasOf(text: string): Replicas | string {
  const replicas = { ...DEFAULT_REPLICAS };
  for (const part of text.split(',').filter((each) => each !== '')) {
    const [kind = '', count = ''] = part.split('=');
    const isKind = (SERVICE_KINDS as readonly string[]).includes(kind);
    if (!isKind) return `--replicas names "${kind}": the services are ${SERVICE_KINDS.join(', ')}`;
    const number = Number(count);
    if (!/^\d+$/.test(count) || number < 1 || number > MOST_REPLICAS) {
      return `--replicas has "${part}": the number must be from 1 to ${MOST_REPLICAS}`;
    }
    replicas[kind as ServiceKind] = number;
  }
  return replicas;
}

function problem(line: string): ParsedOptions {
  return { kind: 'problem', line };
}
