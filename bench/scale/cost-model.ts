import type { CrowdRow } from './crowd.ts';
import { type Fit, fitCosts } from './least-squares.ts';

/** One fitted quantity, with the words that its table is printed in. */
export interface CostFit extends Fit {
  readonly quantity: string;
  readonly unit: string;
  /** What a unit of each term is. */
  readonly per: Readonly<Record<string, string>>;
}

export type CostModel = Readonly<Record<string, CostFit>>;

/** A player's inputs a second, of the workload. */
const INPUTS_PER_SECOND = 10;

type Counts = Readonly<Record<string, number>>;

function countsOf({ setting, entitiesInSight, batchesPerSecond }: CrowdRow): Counts {
  const { zones, playersPerZone, npcsPerZone, tickHz } = setting;
  const clients = zones * playersPerZone;
  return {
    process: 1,
    zoneTick: zones * tickHz,
    entityTick: zones * (npcsPerZone + playersPerZone) * tickHz,
    clientTick: clients * tickHz,
    sightTick: clients * tickHz * entitiesInSight,
    batch: batchesPerSecond,
    input: clients * INPUTS_PER_SECOND,
    client: 1,
    entityInSight: entitiesInSight,
    zone: 1,
    player: playersPerZone,
  };
}

const PER: Readonly<Record<string, string>> = {
  process: 'process and second',
  zoneTick: 'zone and tick',
  entityTick: 'entity and tick',
  clientTick: 'client and tick',
  sightTick: 'entity in sight, client and tick',
  batch: 'message with inputs',
  input: 'input',
  client: 'client and second',
  entityInSight: 'entity in sight, client and second',
  zone: 'zone and second',
  player: 'player and second',
};

/** What is fitted: from which form of the server, what was measured, and what it is made of. */
interface Quantity {
  readonly quantity: string;
  readonly unit: string;
  readonly form: CrowdRow['setting']['form'];
  readonly terms: readonly string[];
  measured(row: CrowdRow): number;
}

function cpuOf(part: string) {
  return ({ parts }: CrowdRow): number => parts[part]?.cpuUsPerSecond ?? 0;
}

const CPU_UNIT = 'µs';
const QUANTITIES: Readonly<Record<string, Quantity>> = {
  embedded: {
    quantity: 'processor time of the embedded form',
    unit: CPU_UNIT,
    form: 'embedded',
    terms: ['process', 'zoneTick', 'batch', 'entityTick', 'clientTick', 'sightTick'],
    measured: cpuOf('server'),
  },
  gateway: {
    quantity: 'processor time of a gateway',
    unit: CPU_UNIT,
    form: 'cluster',
    terms: ['process', 'zoneTick', 'batch', 'clientTick', 'sightTick'],
    measured: cpuOf('gateway'),
  },
  shard: {
    quantity: 'processor time of a shard',
    unit: CPU_UNIT,
    form: 'cluster',
    terms: ['process', 'zoneTick', 'batch', 'input'],
    measured: cpuOf('shard'),
  },
  nats: {
    quantity: 'processor time of NATS',
    unit: CPU_UNIT,
    form: 'cluster',
    terms: ['process', 'zoneTick', 'batch'],
    measured: cpuOf('nats'),
  },
  bytes: {
    quantity: 'bytes to a client',
    unit: 'B',
    form: 'cluster',
    terms: ['client', 'entityInSight'],
    measured: (row) => row.bytesPerClientSecond,
  },
  journal: {
    quantity: 'bytes into the journal of a zone',
    unit: 'B',
    form: 'cluster',
    terms: ['zone', 'player'],
    measured: (row) => row.journalBytesPerZoneSecond,
  },
};

/** The costs of everything that the rows tell of; a quantity without a row of its form is left out. */
export function fitModel(rows: readonly CrowdRow[]): CostModel {
  const fits = Object.entries(QUANTITIES).flatMap(([name, { quantity, unit, form, terms, measured }]) => {
    const of = rows.filter(({ setting }) => setting.form === form);
    if (of.length === 0) return [];
    const counted = of.map((row) => ({ counts: countsOf(row), measured: measured(row) }));
    const per = Object.fromEntries(terms.map((term) => [term, PER[term] ?? term]));
    return [[name, { quantity, unit, per, ...fitCosts(counted, terms) }] as const];
  });
  return Object.fromEntries(fits);
}

/** A Markdown table of all costs, each quantity with how well its terms explain what was measured. */
export function tableOfModel(model: CostModel): string {
  const lines = Object.values(model).flatMap(({ quantity, unit, per, terms, explained, worstShare }) =>
    Object.entries(terms).map(([term, cost], index) => {
      const fit = index === 0 ? `${(explained * 100).toFixed(1)} %` : '';
      const worst = index === 0 ? `${(worstShare * 100).toFixed(0)} %` : '';
      return `| ${index === 0 ? quantity : ''} | ${rounded(cost)} ${unit} | ${per[term]} | ${fit} | ${worst} |`;
    }),
  );
  return ['| quantity | cost | per | explained | worst residual |', '|---|---|---|---|---|', ...lines].join(
    '\n',
  );
}

/** Three digits that mean something, and no exponent. */
export function rounded(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(6, digits));
}
