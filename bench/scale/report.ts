import { type Spread, spreadOf } from '../spread.ts';
import type { CrowdRow } from './crowd.ts';
import type { ScaleResults } from './scale-results.ts';

/** Rows with the same key, in the order in which the keys came first. */
export function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => string): readonly (readonly Row[])[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(keyOf(row), [...(groups.get(keyOf(row)) ?? []), row]);
  return [...groups.values()];
}

/** The runs of one trial. */
export function crowdTrials(rows: readonly CrowdRow[]): readonly (readonly CrowdRow[])[] {
  return grouped(rows, ({ setting }) => JSON.stringify(setting));
}

/** The processor time of all parts, as a share of one core. */
export function coresOf({ parts }: CrowdRow): number {
  return Object.values(parts).reduce((sum, { cpuUsPerSecond }) => sum + cpuUsPerSecond, 0) / 1e6;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

function range({ median, low, high }: Spread, digits: number): string {
  const text = (value: number): string => value.toFixed(digits);
  return low === high ? text(median) : `${text(median)} (${text(low)}-${text(high)})`;
}

function figure<Row>(rows: readonly Row[], digits: number, of: (row: Row) => number): string {
  return range(spreadOf(rows.map(of)), digits);
}

function crowdTable(rows: readonly CrowdRow[]): string {
  const headings = [
    'form',
    'zones',
    'players each',
    'others each',
    'cores',
    'B/s a client',
    'in sight',
    'journal B/s a zone',
    'tick ms',
    'lateness p99 ms',
  ];
  const lines = crowdTrials(rows).map((runs) => {
    const { form, zones, playersPerZone, npcsPerZone } = (runs[0] as CrowdRow).setting;
    return [
      form,
      String(zones),
      String(playersPerZone),
      String(npcsPerZone),
      figure(runs, 2, coresOf),
      figure(runs, 0, (row) => row.bytesPerClientSecond),
      figure(runs, 0, (row) => row.entitiesInSight),
      figure(runs, 0, (row) => row.journalBytesPerZoneSecond),
      figure(runs, 2, (row) => row.tickMeanMs),
      figure(runs, 0, (row) => row.tickLatenessP99Ms),
    ];
  });
  return table(headings, lines);
}

function idleTable(idle: NonNullable<ScaleResults['idle']>): string {
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  const percent = (us: number, digits: number): string => `${(us / 1e4).toFixed(digits)} % of a core`;
  return table(
    ['zones without players', ''],
    [
      ['asleep', String(idle.zones)],
      [
        'processor time of the server with none, and with all of them',
        `${percent(idle.cpuUsPerSecondEmpty, 1)}, ${percent(idle.cpuUsPerSecondAsleep, 1)}`,
      ],
      ['memory of one asleep, in the heap', kilobytes(idle.heapBytesPerSleepingZone)],
      ['on disk, database and journal together', kilobytes(idle.diskBytesPerSleepingZone)],
      [
        `join that wakes one, p50 and p99 of ${idle.coldJoinMs.length}`,
        `${idle.coldJoinP50Ms.toFixed(0)} and ${idle.coldJoinP99Ms.toFixed(0)} ms`,
      ],
      ['running without players', String(idle.running)],
      ['processor time of one running', percent(idle.cpuUsPerSecondPerRunningZone, 3)],
      [
        'memory of one running, in the heap and resident',
        `${kilobytes(idle.heapBytesPerRunningZone)}, ${kilobytes(idle.residentBytesPerRunningZone)}`,
      ],
    ],
  );
}

function spectatorsTable(rows: NonNullable<ScaleResults['spectators']>): string {
  const lines = grouped(rows, ({ gateways }) => String(gateways)).map((runs) => [
    String(runs[0]?.gateways),
    String(runs[0]?.spectators),
    figure(runs, 0, ({ tickUs }) => tickUs),
    figure(runs, 0, ({ cpuUsPerTick }) => cpuUsPerTick),
  ]);
  return table(['gateways', 'spectators', 'tick of the zone µs', 'its process, µs a tick'], lines);
}

function messagesTable(rows: NonNullable<ScaleResults['messages']>): string {
  const lines = grouped(rows, ({ receivers, publishedPerSecond }) =>
    [receivers, publishedPerSecond.toPrecision(1)].join(),
  ).map((runs) => [
    figure(runs, 0, ({ publishedPerSecond }) => publishedPerSecond),
    String(runs[0]?.receivers),
    figure(runs, 1, ({ natsUsPerSecond }) => natsUsPerSecond / 1e4),
    figure(runs, 1, ({ natsUsPerSecond, deliveredPerSecond }) => natsUsPerSecond / deliveredPerSecond),
  ]);
  return table(['messages a second', 'to each', 'NATS, % of a core', 'µs for each delivery'], lines);
}

/** A zone of the workload steps so often. */
const TICK_MS = 50;

function entitiesTable(rows: NonNullable<ScaleResults['entities']>): string {
  const lines = grouped(rows, ({ entities }) => String(entities)).map((runs) => [
    String(runs[0]?.entities),
    String(runs[0]?.players),
    figure(runs, 2, ({ stepP50Ms }) => stepP50Ms),
    figure(runs, 2, ({ encodeP50Ms }) => encodeP50Ms),
    figure(runs, 2, ({ p99Ms }) => p99Ms),
    figure(runs, 1, ({ p99Ms }) => (p99Ms / TICK_MS) * 100),
  ]);
  const headings = [
    'entities',
    'of them players',
    'step p50 ms',
    'encode p50 ms',
    'both p99 ms',
    '% of 50 ms',
  ];
  return table(headings, lines);
}

function framesTable(rows: NonNullable<ScaleResults['frames']>): string {
  const lines = grouped(rows, ({ players, speaks, seesAll }) => `${players} ${speaks} ${seesAll}`).map(
    (runs) => [
      `${runs[0]?.players} who ${runs[0]?.speaks ? 'speak ten times a second' : 'only watch'}${runs[0]?.seesAll ? ', everything' : ''}`,
      figure(runs, 0, ({ framesPerSecond }) => framesPerSecond),
      figure(runs, 0, ({ bytesPerFrame }) => bytesPerFrame),
      figure(runs, 1, ({ gatewayUsPerFrame }) => gatewayUsPerFrame),
      figure(runs, 1, ({ wsUsPerFrame }) => wsUsPerFrame),
      figure(runs, 2, ({ gatewayUsPerFrame, wsUsPerFrame }) => wsUsPerFrame / gatewayUsPerFrame),
    ],
  );
  const headings = [
    'players',
    'frames/s',
    'bytes each',
    'µs each, gateway',
    'µs each, bare `ws`',
    'of the ceiling',
  ];
  return table(headings, lines);
}

function clientsTable(rows: NonNullable<ScaleResults['clients']>): string {
  const lines = rows.map(({ clients, entitiesInSight, bytesPerClient }) => [
    String(clients),
    entitiesInSight.toFixed(0),
    bytesPerClient.toFixed(0),
  ]);
  return table(['clients', 'in sight', 'bytes each, beyond the socket'], lines);
}

/** Markdown tables of everything that was measured: medians of the runs, with the range. */
export function tablesOf({
  crowd,
  messages,
  idle,
  spectators,
  entities,
  frames,
  clients,
}: ScaleResults): string {
  const tables = [
    crowd && crowdTable(crowd),
    messages && messagesTable(messages),
    idle && idleTable(idle),
    spectators && spectatorsTable(spectators),
    entities && entitiesTable(entities),
    frames && framesTable(frames),
    clients && clientsTable(clients),
  ];
  return tables.filter((text) => text !== undefined).join('\n\n');
}
