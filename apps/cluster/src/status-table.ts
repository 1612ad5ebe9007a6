import { get } from 'node:http';
import type { Cluster } from './cluster.ts';
import { MetricsPage, quantile } from './metrics-page.ts';

const SCRAPE_TIMEOUT_MS = 800;
const TICKS = 'overworld_tick_duration_seconds';

/** One process of the cluster, as it was at the last look. */
export interface Row {
  readonly name: string;
  readonly pid: string;
  readonly state: string;
  readonly zones: string;
  readonly players: string;
  readonly tickP99: string;
}

/** Looks at every process of a cluster: what runs where, for whom, and whether it keeps up. */
export class StatusTable {
  readonly #cluster: Cluster;
  readonly #ticks = new Map<string, ReadonlyMap<number, number>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async rows(): Promise<Row[]> {
    const { infrastructure, processes } = this.#cluster;
    const servers = [...infrastructure.nats, infrastructure.redis, infrastructure.postgres].map(
      ({ name, pid }): Row => ({
        ...BLANK,
        name,
        pid: String(pid ?? '-'),
        state: pid === undefined ? 'down' : 'runs',
      }),
    );
    const services = await Promise.all(
      processes.map(async ({ name, pid, state, spec: { kind, opsPort } }): Promise<Row> => {
        const row = { ...BLANK, name, pid: String(pid ?? '-'), state };
        const page = pid === undefined ? undefined : await scrape(opsPort);
        if (page === undefined) return row;
        if (kind === 'gateway') return { ...row, players: String(page.sum('overworld_connections')) };
        return kind === 'shard' ? { ...row, ...this.#shard(name, page) } : row;
      }),
    );
    return [...servers, ...services];
  }

  #shard(name: string, page: MetricsPage): Partial<Row> {
    const ticks = page.buckets(TICKS);
    const p99 = quantile(ticks, this.#ticks.get(name) ?? new Map(), 0.99);
    this.#ticks.set(name, ticks);
    const players = page.all('overworld_players');
    const zones = players.map(({ labels }) => labels.zone).join(' ');
    return {
      zones: zones === '' ? String(page.sum('overworld_zones')) : zones,
      players: String(players.reduce((sum, { value }) => sum + value, 0)),
      tickP99: p99 === undefined ? '' : milliseconds(p99),
    };
  }
}

const BLANK: Row = { name: '', pid: '', state: '', zones: '', players: '', tickP99: '' };
const HEADINGS: Row = {
  name: 'process',
  pid: 'pid',
  state: 'state',
  zones: 'zones',
  players: 'players',
  tickP99: 'tick p99',
};

/** The rows as lines of text in columns. */
export function layOut(rows: readonly Row[]): string[] {
  const columns = Object.keys(HEADINGS) as (keyof Row)[];
  const all = [HEADINGS, ...rows];
  const widths = columns.map((column) => Math.max(...all.map((row) => row[column].length)));
  return all.map((row) =>
    columns
      .map((column, index) => row[column].padEnd(widths[index] as number))
      .join('  ')
      .trimEnd(),
  );
}

function milliseconds(seconds: number): string {
  return Number.isFinite(seconds) ? `≤ ${Number((seconds * 1000).toPrecision(3))} ms` : 'off the scale';
}

function scrape(port: number): Promise<MetricsPage | undefined> {
  return new Promise((resolve) => {
    const asked = get(
      { host: '127.0.0.1', port, path: '/metrics', agent: false, timeout: SCRAPE_TIMEOUT_MS },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => resolve(new MetricsPage(text)));
        answer.on('error', () => resolve(undefined));
      },
    );
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
  });
}
