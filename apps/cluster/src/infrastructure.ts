import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Postgres, startPostgres } from '@overworld/overworld/postgres';
import type { NatsUser } from './nats/permissions.ts';
import { natsAuthorization } from './nats/server-configuration.ts';
import { type NatsServer, type RedisServer, startNats, startRedis } from '@overworld/servers';

/** A server that the services rely on, as a process of this machine. */
export interface InfrastructureServer {
  /** `nats-1` */
  readonly name: string;
  readonly pid: number | undefined;
  /** `host:port` */
  readonly address: string;
  /** Sends a signal and does nothing about what follows. */
  kill(signal: NodeJS.Signals): void;
  /** Starts it again on the same port with the same data, when it does not run. Resolves when it is ready. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Infrastructure {
  readonly nats: readonly InfrastructureServer[];
  /** The NATS server that leads a stream, as soon as there is one. */
  natsLeaderOf(stream: string): Promise<InfrastructureServer>;
  readonly redis: InfrastructureServer;
  /** It comes back by itself when it is killed. */
  readonly postgres: InfrastructureServer;
  /** With user, password and database. */
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

const WATCH_EVERY_MS = 500;

/**
 * Starts servers again that ended by themselves, on the same ports with the same data. PostgreSQL has a guard that does so.
 * Returns the function that stops it.
 */
export function keepRunning(
  servers: readonly InfrastructureServer[],
  observe: (name: string, kind: 'ended' | 'ready', detail: string) => void,
): () => void {
  const starting = new Set<InfrastructureServer>();
  const look = async (server: InfrastructureServer): Promise<void> => {
    if (server.pid !== undefined || starting.has(server)) return;
    starting.add(server);
    observe(server.name, 'ended', 'it is started again');
    await server.restart().then(
      () => observe(server.name, 'ready', `pid ${server.pid}`),
      (error: unknown) =>
        observe(server.name, 'ended', error instanceof Error ? error.message : String(error)),
    );
    starting.delete(server);
  };
  const timer = setInterval(() => {
    for (const server of servers) void look(server);
  }, WATCH_EVERY_MS);
  return () => clearInterval(timer);
}

export interface InfrastructureOptions {
  readonly folder: string;
  readonly natsServers: 1 | 3;
  readonly passwords: Readonly<Record<NatsUser, string>>;
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** Starts NATS, Redis and PostgreSQL on free ports. What was started is stopped again when one of them fails. */
export async function startInfrastructure(options: InfrastructureOptions): Promise<Infrastructure> {
  const { folder, natsServers, passwords, onProgress } = options;
  const started: { stop(): Promise<void> }[] = [];
  const stopAll = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  const keep = <S extends { stop(): Promise<void> }>(server: S): S => {
    started.push(server);
    return server;
  };
  try {
    onProgress?.('starting NATS, Redis and PostgreSQL');
    const [nats, redis, postgres] = await Promise.all([
      startNats({
        folder: join(folder, 'nats'),
        servers: natsServers,
        configuration: natsAuthorization(passwords),
        onProgress,
      }).then(keep),
      startRedis({ folder: join(folder, 'redis'), onProgress }).then(keep),
      startPostgres({ folder, ...(onProgress === undefined ? {} : { onProgress }) }).then(keep),
    ]);
    return {
      nats: nats.servers.map(ofProgram),
      natsLeaderOf: async (stream) => ofProgram(await nats.leaderOf(stream)),
      redis: ofProgram(redis),
      postgres: guarded(postgres, folder),
      databaseUrl: postgres.url,
      stop: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

function ofProgram(program: NatsServer | RedisServer): InfrastructureServer {
  return {
    name: program.name,
    address: `127.0.0.1:${program.port}`,
    get pid() {
      return program.pid;
    },
    kill: (signal) => program.signal(signal),
    restart: () => program.start(),
    stop: () => program.stop(),
  };
}

/** Its guard starts the server again on the same address when it dies. */
function guarded(postgres: Postgres, folder: string): InfrastructureServer {
  const lockFile = join(folder, 'postgres', 'cluster', 'postmaster.pid');
  const pidOf = (): number | undefined => {
    try {
      return Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
    } catch {
      return undefined;
    }
  };
  return {
    name: 'postgres',
    address: new URL(postgres.url).host,
    get pid() {
      return pidOf();
    },
    kill: (signal) => {
      const pid = pidOf();
      if (pid !== undefined) process.kill(pid, signal);
    },
    restart: async () => undefined,
    stop: () => postgres.stop(),
  };
}
