import type { Result } from '../peers/comparison.ts';
import type { Figure } from '../results.ts';
import type { CrowdRow } from '../scale/crowd.ts';
import { coresOf, crowdTrials, grouped } from '../scale/report.ts';
import type { ScaleResults } from '../scale/scale-results.ts';
import { type Spread, spreadOf } from '../spread.ts';
import type { Chart, Series } from './chart.ts';

/** A file, and what is in it. */
export interface Picture {
  readonly file: string;
  readonly chart: Chart;
}

/** What is drawn from what `npm run bench -- --peers` found out. */
export interface PeerResults {
  readonly results: readonly Result[];
}

export interface PartResults {
  readonly figures: readonly Figure[];
}

const PEERS = {
  'peers-processor': { yTitle: 'processor time, cores', title: 'Processor time of the whole server' },
  'peers-bytes': { yTitle: 'kB a second to each player', title: 'Bytes to each player' },
  'peers-echo': { yTitle: 'p99, ms', title: 'From an input until its effect is there' },
} as const;

function scaled({ median, low, high }: Spread, by: number): Spread {
  return { median: median * by, low: low * by, high: high * by };
}

function peerFigure(file: keyof typeof PEERS, { figures }: Result): Spread {
  if (file === 'peers-processor') return figures.cpu;
  return file === 'peers-bytes' ? scaled(figures.bytesPerClient, 1 / 1000) : figures.latencyP99;
}

export function peerPictures({ results }: PeerResults): Picture[] {
  const places = grouped(results, ({ players, sizeM }) => `${players} on ${sizeM} m`);
  const systems = [...new Set(results.map(({ system }) => system))];
  return (Object.keys(PEERS) as (keyof typeof PEERS)[]).map((file) => {
    const series = systems.map((system): Series => {
      const values = places.map((of) => of.find((result) => result.system === system));
      return { name: system, values: values.map((result) => result && peerFigure(file, result)) };
    });
    const names = places.map(([first]) => `${first?.players} on ${first?.sizeM} m`);
    const xTitle = 'players, and the side of the square that they are on';
    return { file, chart: { ...PEERS[file], kind: 'bars', xTitle, places: names, series } };
  });
}

const TOTAL_PLAYERS = 160;
const PLAYERS_EACH = 40;
const OTHERS = 100;
const TURNS = 10;

/** Cores over the number of zones, of those trials that belong together. */
function zoneSeries(
  rows: readonly CrowdRow[],
  zones: readonly number[],
  name: string,
  belongs: (setting: CrowdRow['setting']) => boolean,
): Series {
  const trials = crowdTrials(
    rows.filter(
      ({ setting }) => belongs(setting) && setting.npcsPerZone === OTHERS && setting.inputTurns === TURNS,
    ),
  );
  const values = zones.map((count) => {
    const runs = trials.find(([first]) => first?.setting.zones === count);
    return runs && spreadOf(runs.map(coresOf));
  });
  return { name, values };
}

function zonesPicture(rows: readonly CrowdRow[]): Picture {
  const zones = [1, 2, 4, 8];
  const series = (['embedded', 'cluster'] as const).flatMap((form) => [
    zoneSeries(
      rows,
      zones,
      `${form}, ${TOTAL_PLAYERS} players in all`,
      (setting) => setting.form === form && setting.zones * setting.playersPerZone === TOTAL_PLAYERS,
    ),
    zoneSeries(
      rows,
      zones,
      `${form}, ${PLAYERS_EACH} in each`,
      (setting) => setting.form === form && setting.playersPerZone === PLAYERS_EACH,
    ),
  ]);
  return {
    file: 'scale-zones',
    chart: {
      title: 'Zones and players',
      kind: 'lines',
      xTitle: `zones, each with ${OTHERS} others besides the players`,
      yTitle: 'processor time of all processes, cores',
      places: zones.map(String),
      at: zones,
      series: series.filter(({ values }) => values.some((value) => value !== undefined)),
    },
  };
}

function entitiesPicture(rows: NonNullable<ScaleResults['entities']>): Picture {
  const groups = grouped(rows, ({ entities }) => String(entities));
  const series = [
    { name: 'p99', values: groups.map((runs) => spreadOf(runs.map(({ p99Ms }) => p99Ms))) },
    { name: 'mean', values: groups.map((runs) => spreadOf(runs.map(({ meanMs }) => meanMs))) },
  ];
  const counts = groups.map(([first]) => first?.entities ?? 0);
  return {
    file: 'scale-entities',
    chart: {
      title: 'A tick of one zone: step and encode',
      kind: 'lines',
      xTitle: 'entities in the zone, a third of them players',
      yTitle: 'milliseconds',
      places: counts.map((count) => count.toLocaleString('en-US')),
      at: counts,
      series,
      limit: { value: 50, name: 'a tick of 20 a second' },
    },
  };
}

function spectatorsPicture(rows: NonNullable<ScaleResults['spectators']>): Picture {
  const groups = grouped(rows, ({ gateways }) => String(gateways));
  const counts = groups.map(([first]) => first?.spectators ?? 0);
  const values = groups.map((runs) => spreadOf(runs.map(({ tickUs }) => tickUs)));
  return {
    file: 'scale-spectators',
    chart: {
      title: 'What a zone takes, with more and more who watch',
      kind: 'lines',
      xTitle: 'spectators, 500 at each gateway',
      yTitle: 'tick of the zone, µs',
      places: counts.map((count) => count.toLocaleString('en-US')),
      at: counts,
      series: [{ name: 'tick', values }],
    },
  };
}

function coldJoinsPicture({ coldJoinMs, zones }: NonNullable<ScaleResults['idle']>): Picture {
  const sorted = [...coldJoinMs].sort((left, right) => left - right);
  const shares = sorted.map((_, index) => ((index + 1) / sorted.length) * 100);
  const marks = new Set(
    [1, 25, 50, 75, 99, 100].map((share) => Math.ceil((share / 100) * sorted.length) - 1),
  );
  return {
    file: 'scale-cold-joins',
    chart: {
      title: `Joins that wake one of ${zones.toLocaleString('en-US')} sleeping zones`,
      kind: 'lines',
      xTitle: 'share of the joins, % (the slowest at the right)',
      yTitle: 'milliseconds until the player is in',
      places: shares.map((share, index) => (marks.has(index) ? share.toFixed(0) : '')),
      at: shares,
      series: [{ name: 'join', values: sorted.map((ms) => spreadOf([ms])) }],
      limit: { value: 150, name: 'what a join may take' },
    },
  };
}

export function scalePictures({ crowd, entities, spectators, idle }: ScaleResults): Picture[] {
  const pictures = [
    crowd && zonesPicture(crowd),
    entities && entitiesPicture(entities),
    spectators && spectatorsPicture(spectators),
    idle && coldJoinsPicture(idle),
  ];
  return pictures.filter((picture) => picture !== undefined);
}

const SIZES = ['250 entities, 50 players', '1,000 entities, 200 players', '10,000 entities, 50 players'];
const VIEW_PARTS = ['view build', 'visibility tests', 'frame assembly'];
const ZONE_PARTS = ['encode', 'mirror apply'];

function partsPicture(
  file: string,
  title: string,
  { figures }: PartResults,
  parts: readonly string[],
): Picture {
  const values = (part: string): Series['values'] =>
    SIZES.map((size) => figures.find(({ what }) => what === `${part}, ${size}`));
  return {
    file,
    chart: {
      title,
      kind: 'bars',
      xTitle: 'size of the zone',
      yTitle: 'µs',
      places: SIZES,
      series: parts.map((name) => ({ name, values: values(name) })),
    },
  };
}

export function replicationPictures(found: PartResults): Picture[] {
  return [
    partsPicture('parts-zone', 'Once for each zone and tick', found, ZONE_PARTS),
    partsPicture('parts-view', 'Once for each player and tick', found, VIEW_PARTS),
  ];
}
