import { ASSUMPTIONS, type Capacity, capacityOf, SIZES } from './capacity.ts';
import { COST_NAMES, type Costs } from './costs.ts';

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Two digits that mean something; a capacity with more would be a lie. */
function about(value: number): string {
  if (value === 0) return '0';
  return Number(value.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

function bottleneckText({ bottlenecks }: Capacity): string {
  const [first] = bottlenecks;
  if (first === undefined) return '';
  const text = `${first.name}, at ${about(first.share * 100)} %`;
  return first.share > 1 ? `**${text}**` : text;
}

const ROWS: readonly (readonly [string, (capacity: Capacity) => string])[] = [
  ['zones', ({ zones }) => zones.toLocaleString('en-US')],
  ['gateway pods', ({ gateways }) => about(gateways)],
  ['shard pods', ({ shards }) => about(shards)],
  ['zones that a gateway follows', ({ zonesPerGateway }) => about(zonesPerGateway)],
  ['NATS, messages a second', ({ natsMessagesPerSecond }) => about(natsMessagesPerSecond)],
  ['NATS, MB a second', ({ natsMegabytesPerSecond }) => about(natsMegabytesPerSecond)],
  ['NATS, cores', ({ natsCores }) => about(natsCores)],
  ['journal, records a second', ({ journalAppendsPerSecond }) => about(journalAppendsPerSecond)],
  ['journal, MB a second', ({ journalMegabytesPerSecond }) => about(journalMegabytesPerSecond)],
  ['Redis, deliveries a second', ({ redisDeliveriesPerSecond }) => about(redisDeliveriesPerSecond)],
  ['PostgreSQL, writes a second', ({ postgresWritesPerSecond }) => about(postgresWritesPerSecond)],
  ['to players, Mbit a second', ({ playerMegabitsPerSecond }) => about(playerMegabitsPerSecond)],
  ['dollars a month for 1,000 players: cores', ({ dollars }) => about(dollars.cores)],
  ['memory', ({ dollars }) => about(dollars.memory)],
  ['traffic', ({ dollars }) => about(dollars.traffic)],
  ['what has the least to spare', bottleneckText],
];

function costsTable(costs: Costs): string {
  const names = Object.keys(COST_NAMES) as (keyof Costs)[];
  return table(
    ['cost', 'measured', 'what it is'],
    names.map((name) => [`\`${name}\``, String(costs[name]), COST_NAMES[name]]),
  );
}

function assumptionsTable(): string {
  const rows = Object.values(ASSUMPTIONS).map(({ value, about: what }) => [
    value.toLocaleString('en-US'),
    what,
  ]);
  return table(['supposed', ''], rows);
}

function sizesTable(costs: Costs): string {
  const capacities = SIZES.map((players) => capacityOf(players, costs));
  const headings = ['players at the same time', ...SIZES.map((players) => players.toLocaleString('en-US'))];
  return table(
    headings,
    ROWS.map(([name, of]) => [name, ...capacities.map(of)]),
  );
}

/** Everything in docs/capacity.md that is a figure. */
export function capacityTables(costs: Costs): string {
  return [
    '### What it takes',
    sizesTable(costs),
    '### What was measured',
    costsTable(costs),
    '### What is supposed',
    assumptionsTable(),
  ].join('\n\n');
}

const BEGIN = '<!-- capacity: written by npm run bench -- capacity --write -->';
const END = '<!-- capacity: end -->';

/** The page with these tables in the place of those before. */
export function withTables(page: string, tables: string): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error('the page has no place for the tables');
  return `${page.slice(0, from + BEGIN.length)}\n\n${tables}\n\n${page.slice(to)}`;
}

/** The costs that a page's own table names. */
export function costsInPage(page: string): Costs {
  const found = [...page.matchAll(/^\| `(\w+)` \| ([\d.e+-]+) \|/gm)].map(([, name, value]) => [
    name,
    Number(value),
  ]);
  return Object.fromEntries(found) as Costs;
}
