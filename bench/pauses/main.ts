import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { writeResults } from '../results.ts';
import { Child } from '../scale/child.ts';
import { percentileOf } from '../spread.ts';
import { Installation, WORLD } from './installation.ts';
import type { PlayersSetting, Watched } from './watched.ts';

const DEFAULTS = { players: 100, moves: 40, kills: 30, clients: 200, restarts: 5 };
const USAGE = `Usage: npm run bench -- pauses [options]

What players notice when their zone moves to another shard, when the shard that runs it is killed with -9, and when both
gateways are restarted one after the other: the longest time between two frames at each of them. The cluster is the one of
npm run cluster. The players of moves and kills are plain WebSockets in one process that read when a frame came and nothing
else, so that the time is the servers' own, and speak in each tick; those of restarts have our client, which goes over to another
gateway, and speak ten times a second. What the same players see while nothing happens stands beside it. Everything goes into
bench/results/pauses.json.

  --players <count>  in the one zone (default ${DEFAULTS.players})
  --moves <count>    live migrations (default ${DEFAULTS.moves})
  --kills <count>    shards that are killed (default ${DEFAULTS.kills})
  --clients <count>  players while gateways are restarted (default ${DEFAULTS.clients})
  --restarts <count> rolling restarts of the gateways (default ${DEFAULTS.restarts})
  --smoke            half a minute that shows that it works; its figures mean nothing
  --help             this text

It needs Linux. The machine should have nothing else to do; the whole takes about ten minutes.
`;

/** One kind of event, over all players in all its runs. */
interface Row {
  readonly what: string;
  readonly events: number;
  readonly players: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

const WARM_UP_MS = 8_000;
/** What is looked at goes on so long after everybody has news of the new owner. */
const AFTER_MS = 400;
const BETWEEN_MS = 700;
const LOOK_MS = 50;
const RECOVERY_TIMEOUT_MS = 30_000;

/** Plays, and says what its players saw while something was done. */
class Audience {
  readonly #child: Child;

  constructor(child: Child) {
    this.#child = child;
  }

  take(): Promise<readonly Watched[]> {
    return this.#child.ask<readonly Watched[]>('take');
  }

  /** The longest gap of each player from the moment it is done until all have a frame of a later epoch, and a little longer. */
  async during(work: () => Promise<void>, changesOwner: boolean): Promise<number[]> {
    const before = await this.take();
    const longest = before.map(() => 0);
    const look = async (): Promise<readonly Watched[]> => {
      const watched = await this.take();
      watched.forEach(({ gapMs, isClosed }, index) => {
        if (isClosed) throw new Error('a connection has ended');
        longest[index] = Math.max(longest[index] ?? 0, gapMs);
      });
      return watched;
    };
    await work();
    const deadlineMs = performance.now() + RECOVERY_TIMEOUT_MS;
    const isOver = (watched: readonly Watched[]): boolean =>
      !changesOwner || watched.every(({ epoch }, index) => epoch > (before[index]?.epoch ?? -1));
    while (!isOver(await look())) {
      if (performance.now() > deadlineMs) throw new Error('players have not heard of the new owner for 30 s');
      await pause(LOOK_MS);
    }
    await pause(AFTER_MS);
    await look();
    return longest;
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

function rowOf(what: string, events: readonly (readonly number[])[]): Row {
  const all = events.flat();
  const [p50Ms, p99Ms] = [percentileOf(all, 0.5), percentileOf(all, 0.99)];
  return {
    what,
    events: events.length,
    players: all.length,
    p50Ms: Math.round(p50Ms),
    p99Ms: Math.round(p99Ms),
    maxMs: Math.round(Math.max(...all)),
  };
}

type Counts = typeof DEFAULTS;
type Options = Counts & { readonly warmUpMs: number; readonly isSmall: boolean };

async function repeat(count: number, work: () => Promise<number[]>): Promise<number[][]> {
  const gaps: number[][] = [];
  for (let run = 0; run < count; run++) {
    gaps.push(await work());
    await pause(BETWEEN_MS);
  }
  return gaps;
}

const nothing = (): Promise<void> => pause(BETWEEN_MS);

async function measureShards(
  installation: Installation,
  audience: Audience,
  { moves, kills }: Options,
): Promise<Row[]> {
  const rows = [rowOf('nothing happens', await repeat(moves, () => audience.during(nothing, false)))];
  const moved = await repeat(moves, () => audience.during(() => installation.moveZone(), true));
  rows.push(rowOf('zone moved', moved));
  const killed = await repeat(kills, async () => {
    const gaps = await audience.during(() => installation.killShard(), true);
    await installation.settled();
    return gaps;
  });
  rows.push(rowOf('shard killed', killed));
  return rows;
}

async function measureGateways(
  installation: Installation,
  audience: Audience,
  { restarts }: Options,
): Promise<Row[]> {
  const quiet = await repeat(restarts, () => audience.during(nothing, false));
  const restarted = await repeat(restarts, () =>
    audience.during(() => installation.restartGateways(), false),
  );
  return [rowOf('nothing happens, own client', quiet), rowOf('gateways restarted, own client', restarted)];
}

function numberOf(name: keyof typeof DEFAULTS, text: string | undefined): number {
  const value = text === undefined ? DEFAULTS[name] : Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1000) return value;
  throw new Error(`--${name} is ${text}, allowed is a whole number from 1 to 1000`);
}

function optionsOrExit(): Options {
  const option = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const counts = { players: option, moves: option, kills: option, clients: option, restarts: option };
  const options = { ...counts, smoke: flag, help: flag };
  try {
    const { values } = parseArgs({ args: process.argv.slice(2), options, strict: true });
    if (values.smoke)
      return { players: 8, moves: 1, kills: 1, clients: 4, restarts: 1, warmUpMs: 500, isSmall: true };
    if (!values.help) {
      const names = Object.keys(DEFAULTS) as (keyof Counts)[];
      const given = Object.fromEntries(names.map((name) => [name, numberOf(name, values[name])])) as Counts;
      return { ...given, warmUpMs: WARM_UP_MS, isSmall: false };
    }
  } catch (error) {
    process.stderr.write(`overworld: ${error instanceof Error ? error.message : error}. See --help.\n`);
    process.exit(2);
  }
  process.stdout.write(USAGE);
  process.exit(0);
}

/** An audience of its own for each measurement, in a process of its own. */
async function watch(
  program: 'players.ts' | 'clients.ts',
  setting: PlayersSetting,
  warmUpMs: number,
  measure: (audience: Audience) => Promise<Row[]>,
): Promise<Row[]> {
  const audience = new Audience(await Child.start(`../pauses/${program}`, setting));
  try {
    process.stdout.write(`${setting.players} players are in\n`);
    await pause(warmUpMs);
    return await measure(audience);
  } finally {
    await audience.stop();
  }
}

async function main(): Promise<void> {
  const options = optionsOrExit();
  const { players, clients, warmUpMs, isSmall } = options;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const installation = await Installation.start(Math.max(players, clients), isSmall, say);
  try {
    const { port } = installation;
    const rows = await watch('players.ts', { port, players, world: WORLD }, warmUpMs, (audience) =>
      measureShards(installation, audience, options),
    );
    const own = await watch('clients.ts', { port, players: clients, world: WORLD }, warmUpMs, (audience) =>
      measureGateways(installation, audience, options),
    );
    rows.push(...own);
    console.table(Object.fromEntries(rows.map(({ what, ...row }) => [what, row])));
    writeResults('pauses', { rows });
  } finally {
    await installation.stop();
  }
}

await main();
