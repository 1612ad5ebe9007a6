import { join } from 'node:path';
import { connect } from 'node:net';
import { unpackedProgram } from './debian.ts';
import { findProgram } from './find-program.ts';
import { freePorts } from './free-ports.ts';
import { Program } from './program.ts';
import { ServersError } from './servers-error.ts';

const START_ATTEMPTS = 3;
const PROBE_TIMEOUT_MS = 500;
const ADVICE =
  'redis-server is needed: install it (Debian: apt-get install redis-server) so that it is on the PATH';

export interface RedisOptions {
  /** Where it may write; it keeps nothing there but its log. The caller removes it. */
  readonly folder: string;
  readonly onProgress?: (line: string) => void;
}

export interface RedisServer extends Program {
  readonly port: number;
  readonly url: string;
}

class Server extends Program implements RedisServer {
  readonly port: number;

  constructor(found: Found, folder: string, port: number) {
    super({
      name: 'redis',
      command: found.program,
      // Nothing is saved: what goes through it is chat and presence, which nobody misses after a restart.
      words: [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--appendonly',
        'no',
        '--dir',
        folder,
      ],
      folder,
      logFile: join(folder, 'redis.log'),
      environment: found.libraries === '' ? {} : { LD_LIBRARY_PATH: found.libraries },
      ready: () => answersPing(port),
    });
    this.port = port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }
}

/**
 * Starts redis-server on a free port of this machine. It ends when this process does.
 *
 * @throws ServersError with one line when there is no program, or it does not start.
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const found = await findRedisServer(options.onProgress);
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await freePorts(1);
    const server = new Server(found, join(options.folder, 'redis'), port);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.kill();
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

interface Found {
  readonly program: string;
  readonly libraries: string;
}

/** From the PATH, else unpacked from the packages of this machine's own Debian release, never installed. */
async function findRedisServer(onProgress?: (line: string) => void): Promise<Found> {
  const present = findProgram('redis-server');
  if (present !== undefined) return { program: present.program, libraries: '' };
  const fetched = await unpackedProgram({
    name: 'redis-server',
    suite: undefined,
    packages: ['redis-server'],
    program: 'usr/bin/redis-server',
    onProgress,
  });
  if (fetched === undefined) throw new ServersError(ADVICE);
  return fetched;
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const settle = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => settle(false));
    socket.once('data', (bytes) => settle(bytes.toString().startsWith('+PONG')));
    socket.once('error', () => settle(false));
  });
}
