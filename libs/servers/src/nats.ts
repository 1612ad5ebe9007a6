import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { findNatsServer } from './find-nats.ts';
import { freePorts } from './free-ports.ts';
import { Program } from './program.ts';
import { ServersError } from './servers-error.ts';

const START_ATTEMPTS = 3;
const LEADER_POLL_MS = 50;
const LEADER_TIMEOUT_MS = 30_000;
const CLUSTER_NAME = 'overworld';

export interface NatsOptions {
  /** Where the servers keep what they store; the caller removes it. */
  readonly folder: string;
  /** 1, or 3 for a cluster. Default 1. */
  readonly servers?: 1 | 3;
  /** More of the configuration, in its own language, for every server: users, TLS, limits. */
  readonly configuration?: string;
  /** Off for a server that carries messages alone. Default on. */
  readonly jetStream?: boolean;
  /** The program; by default the one that is found or fetched. */
  readonly program?: string;
  readonly onProgress?: (line: string) => void;
}

export interface NatsServer extends Program {
  readonly port: number;
  readonly url: string;
}

/** Servers that run. All of them end when this process does. */
export interface NatsServers {
  readonly servers: readonly NatsServer[];
  readonly urls: readonly string[];
  /** The server that leads a stream, by the stream's name, as soon as there is one. */
  leaderOf(stream: string): Promise<NatsServer>;
  /** Resolves when every server runs and follows the cluster's leader. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

interface Ports {
  readonly client: number;
  readonly monitoring: number;
  readonly cluster: number;
}

class Server extends Program implements NatsServer {
  readonly port: number;
  readonly monitoringPort: number;

  constructor(program: string, folder: string, name: string, ports: Ports) {
    super({
      name,
      command: program,
      words: ['-c', join(folder, 'server.conf')],
      folder,
      logFile: join(folder, 'server.log'),
      environment: {},
      ready: () => isHealthy(ports.monitoring),
    });
    this.port = ports.client;
    this.monitoringPort = ports.monitoring;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }
}

/**
 * Starts nats-server with JetStream on free ports of this machine.
 *
 * @throws ServersError with one line when there is no suitable program, or it does not start.
 */
export async function startNats(options: NatsOptions): Promise<NatsServers> {
  const program = options.program ?? (await findNatsServer(options.onProgress));
  for (let attempt = 1; ; attempt++) {
    const servers = await prepare(program, options);
    try {
      for (const server of servers) server.launch();
      await Promise.all(servers.map((server) => server.ready()));
      return new Running(servers);
    } catch (error) {
      await Promise.all(servers.map((server) => server.kill()));
      // Another program may have taken one of the ports in between.
      if (attempt === START_ATTEMPTS) throw error;
    }
  }
}

async function prepare(program: string, options: NatsOptions): Promise<readonly Server[]> {
  const count = options.servers ?? 1;
  const free = await freePorts(count * 3);
  const ports = Array.from({ length: count }, (_, index): Ports => {
    const [client = 0, monitoring = 0, cluster = 0] = free.slice(index * 3);
    return { client, monitoring, cluster };
  });
  return ports.map((own, index) => {
    const name = `nats-${index + 1}`;
    const folder = join(options.folder, name);
    mkdirSync(folder, { recursive: true });
    const lines = configuration(name, folder, own, ports, options.jetStream ?? true);
    writeFileSync(join(folder, 'server.conf'), `${lines.join('\n')}\n${options.configuration ?? ''}\n`, {
      mode: 0o600,
    });
    return new Server(program, folder, name, own);
  });
}

function configuration(
  name: string,
  folder: string,
  own: Ports,
  all: readonly Ports[],
  hasJetStream: boolean,
): readonly string[] {
  const lines = [
    `server_name: ${name}`,
    `listen: "127.0.0.1:${own.client}"`,
    `http: "127.0.0.1:${own.monitoring}"`,
    ...(hasJetStream ? [`jetstream { store_dir: ${JSON.stringify(join(folder, 'data'))} }`] : []),
  ];
  if (all.length === 1) return lines;
  const routes = all.map(({ cluster }) => `"nats://127.0.0.1:${cluster}"`).join(', ');
  return [
    ...lines,
    `cluster { name: ${CLUSTER_NAME}, listen: "127.0.0.1:${own.cluster}", routes: [${routes}] }`,
  ];
}

class Running implements NatsServers {
  readonly servers: readonly Server[];

  constructor(servers: readonly Server[]) {
    this.servers = servers;
  }

  get urls(): readonly string[] {
    return this.servers.map((server) => server.url);
  }

  async leaderOf(stream: string): Promise<NatsServer> {
    const deadlineMs = performance.now() + LEADER_TIMEOUT_MS;
    for (;;) {
      const leads = await Promise.all(this.servers.map((server) => isLeader(server, stream)));
      const leader = this.servers.find((_, index) => leads[index]);
      if (leader !== undefined) return leader;
      if (performance.now() > deadlineMs) throw new ServersError(`the stream ${stream} has no leader`);
      await wait(LEADER_POLL_MS);
    }
  }

  async ready(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.ready()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop('SIGKILL')));
  }
}

/** Serves clients, and, in a cluster, knows the leader and has caught up with it. */
async function isHealthy(monitoringPort: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${monitoringPort}/healthz`);
  await answer.arrayBuffer();
  return answer.ok;
}

interface JetStreamState {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly {
      readonly name: string;
      readonly cluster?: { readonly leader?: string };
    }[];
  }[];
}

/** Each server is asked for itself: what others say of it may be old. */
async function isLeader(server: Server, stream: string): Promise<boolean> {
  if (!server.isRunning) return false;
  try {
    const answer = await fetch(`http://127.0.0.1:${server.monitoringPort}/jsz?accounts=true&streams=true`);
    const { account_details = [] } = (await answer.json()) as JetStreamState;
    const details = account_details.flatMap((account) => account.stream_detail ?? []);
    const detail = details.find(({ name }) => name === stream);
    if (detail === undefined) return false;
    // A server on its own leads whatever it has.
    return detail.cluster === undefined || detail.cluster.leader === server.name;
  } catch {
    return false;
  }
}
