import { join } from 'node:path';
import { type Cluster, startCluster } from './cluster.ts';
import { HELP, parseOptions, type RunOptions } from './options.ts';
import type { ServiceEvent } from './service-process.ts';
import { layOut, StatusTable } from './status-table.ts';

const TERMINAL_EVERY_MS = 1_000;
const PLAIN_EVERY_MS = 10_000;
const KEPT_EVENTS = 8;
const CLEAR = '\x1b[H\x1b[J';

/** Shows the cluster until it is stopped: a table that stands still in a terminal, lines now and then elsewhere. */
class Display {
  readonly #cluster: Cluster;
  readonly #table: StatusTable;
  readonly #isTerminal = process.stdout.isTTY === true;
  #events: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#table = new StatusTable(cluster);
  }

  start(): void {
    void this.#show();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  note({ name, kind, detail }: ServiceEvent): void {
    const line = `${new Date().toISOString().slice(11, 19)} ${name} ${kind}: ${detail}`;
    this.#events = [...this.#events, line].slice(-KEPT_EVENTS);
    if (!this.#isTerminal) process.stdout.write(`${line}\n`);
  }

  async #show(): Promise<void> {
    this.#timer = setTimeout(() => void this.#show(), this.#isTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS);
    const lines = layOut(await this.#table.rows());
    if (this.#timer === undefined) return;
    const text = lines.join('\n');
    if (this.#isTerminal) {
      const { url, data } = this.#cluster;
      const events = this.#events.length === 0 ? '' : `\n\n${this.#events.join('\n')}`;
      process.stdout.write(`${CLEAR}${url}   data and logs: ${data}   Ctrl-C stops it\n\n${text}${events}\n`);
    } else process.stdout.write(`${text}\n`);
  }
}

async function run(options: RunOptions): Promise<void> {
  const startedMs = performance.now();
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  let display: Display | undefined;
  const starting = startCluster({ ...options, onProgress: say, observe: (event) => display?.note(event) });
  stopOnSignals(starting, () => display?.stop());
  const cluster = await starting;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  for (const line of addresses(cluster)) say(`  ${line}`);
  say(`Overworld runs at ${cluster.url} (ready in ${seconds} s; Ctrl-C stops it)`);
  display = new Display(cluster);
  display.start();
}

function addresses({ infrastructure, processes, data }: Cluster): string[] {
  const { nats, redis, postgres } = infrastructure;
  return [
    `nats       ${nats.map(({ address }) => address).join(' ')}`,
    `redis      ${redis.address}`,
    `postgres   ${postgres.address}`,
    ...processes.map(
      ({ name, pid, spec }) => `${name.padEnd(14)} pid ${pid}, http://127.0.0.1:${spec.opsPort}/metrics`,
    ),
    `data, logs ${data}`,
    `operator   ${join(data, 'operator.env')} has the settings of npm run overworld`,
  ];
}

function stopOnSignals(starting: Promise<Cluster>, quieten: () => void): void {
  let isStopping = false;
  const stop = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    quieten();
    process.stdout.write('\nstopping\n');
    const cluster = await starting.catch(() => undefined);
    await cluster?.stop();
    process.exit(process.exitCode ?? 0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
}

function main(): void {
  const parsed = parseOptions(process.argv.slice(2));
  if (parsed.kind === 'help') {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  if (parsed.kind === 'problem') {
    process.stderr.write(`${parsed.line}\n`);
    process.exitCode = 1;
    return;
  }
  run(parsed.options).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}

main();
