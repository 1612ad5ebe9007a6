import type { World } from '@overworld/contracts';
import type { Clock } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import { withinTime, type ZoneSpec } from '@overworld/zone';
import type { GatewayOptions } from './options.ts';
import { moveOf } from './rehearsal-move.ts';
import { RehearsalPlayer } from './rehearsal-player.ts';
import { Stage } from './rehearsal-stage.ts';

/** All rehearsals of a process together: it listens for players only after them. */
const BUDGET_MS = 1_500;
/** Of it, to take the stage down. */
const CLOSING_MS = 100;
const FIRST_SHARE = 2 / 3;
const MOST_TICKS = 100;
const PLAYERS = 30;
/** Of each so many one reads frames as events. */
const EVENT_CLIENTS = 4;
const MOVE_EVERY = 3;
const ASK_TIME_EVERY = 50;

export interface RehearsalPorts {
  readonly clock: Clock;
  readonly rulesets: ReadonlyMap<string, AnyRuleset>;
  readonly worlds: readonly World[];
}

export interface Rehearsed {
  readonly ruleset: string;
  /** How many players got into the zone. */
  readonly players: number;
  readonly ticks: number;
  /** Of state, that they were sent. */
  readonly frames: number;
}

/**
 * Plays each of the worlds before an empty house: a gateway like this one, with a zone and some dozen clients that log in over
 * sockets, move and watch, all in this process and thrown away. A process that has let nobody in yet has none of the code for
 * it compiled, and its first hundred players, who come all at once when another gateway has stopped, would wait for that.
 */
export async function rehearse(ports: RehearsalPorts, options: GatewayOptions): Promise<Rehearsed[]> {
  const { clock, rulesets } = ports;
  const endMs = clock.now() + BUDGET_MS;
  const rehearsed: Rehearsed[] = [];
  for (const ruleset of rulesets.values()) {
    const leftMs = endMs - clock.now();
    if (leftMs <= CLOSING_MS) break;
    // The first one has the most to learn: the way in is the same for all.
    const shareMs = rehearsed.length === rulesets.size - 1 ? leftMs : leftMs * FIRST_SHARE;
    const curtainMs = clock.now() + shareMs - CLOSING_MS;
    const stage = new Stage({ spec: specOf(ruleset, ports.worlds), ruleset, options, clock });
    const performing = perform(stage, ruleset, () => clock.now() >= curtainMs);
    // What hangs is left alone: a rehearsal is never worth waiting for.
    const done = await withinTime(
      clock,
      shareMs,
      performing.catch(() => NOTHING),
    );
    rehearsed.push({ ruleset: ruleset.name, ...(done?.value ?? NOTHING) });
  }
  return rehearsed;
}

type Performed = Omit<Rehearsed, 'ruleset'>;
const NOTHING: Performed = { players: 0, ticks: 0, frames: 0 };

function specOf(ruleset: AnyRuleset, worlds: readonly World[]): ZoneSpec {
  const world = worlds.find((each) => each.ruleset === ruleset.name);
  const zone = world?.zones[0];
  return {
    id: zone?.id ?? 'rehearsal',
    world: world?.name ?? 'rehearsal',
    ruleset: ruleset.name,
    zoneNumber: 1,
    seed: 'rehearsal',
    params: zone?.params ?? {},
  };
}

async function perform(stage: Stage, ruleset: AnyRuleset, isOver: () => boolean): Promise<Performed> {
  let players: readonly RehearsalPlayer[] = [];
  try {
    const port = await stage.open();
    players = cast(stage, Math.min(PLAYERS, ruleset.definition.capacity.players));
    for (const player of players) player.connect(port).catch(() => {});
    const ticks = await play(stage, ruleset, players, isOver);
    const frames = players.reduce((sum, player) => sum + player.frames, 0);
    return { players: players.filter(({ isIn }) => isIn).length, ticks, frames };
  } finally {
    for (const player of players) player.close();
    await stage.close();
  }
}

function cast(stage: Stage, count: number): RehearsalPlayer[] {
  return Array.from({ length: count }, (_, index) => {
    const player = (index + 1).toString(16).padStart(16, '0');
    const frames = index % EVENT_CLIENTS === 0 ? 'event' : 'raw';
    return new RehearsalPlayer({
      claims: stage.claims(player),
      tokens: stage.tokens,
      frames,
      ticket: player,
    });
  });
}

/** Ticks as fast as it goes, with a turn of the event loop in between, in which the sockets are served. */
async function play(
  stage: Stage,
  ruleset: AnyRuleset,
  players: readonly RehearsalPlayer[],
  isOver: () => boolean,
): Promise<number> {
  const move = moveOf(ruleset);
  let ticks = 0;
  for (let turn = 0; ticks < MOST_TICKS && !isOver() && stage.tick(); turn += 1) {
    // Those who are on the way in do not count yet.
    if (players.every(({ isIn }) => isIn)) ticks += 1;
    for (const [index, player] of players.entries()) {
      if (move !== undefined && (turn + index) % MOVE_EVERY === 0) player.move(move);
      if ((turn + index) % ASK_TIME_EVERY === 0) player.askTime();
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return ticks;
}
