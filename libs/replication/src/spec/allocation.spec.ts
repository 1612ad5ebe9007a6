import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { Replica } from '../client/index.ts';
import { View } from '../gateway/index.ts';
import { Meadow, meadow, playerId } from './meadow.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const WALKERS = 100;
const PLAYERS = 2;
/** Long enough to fill every history and every scratch array. */
const WARM_UP_TICKS = 3000;
const TICKS = 10_000;
/** What may stay for other reasons: what the engine compiles, what the test itself counts. */
const MOST_RETAINED_BYTES = 150_000;

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function retainedBytes(): number {
  collectGarbage();
  collectGarbage();
  return usedBytes();
}

const WINDOWS = 31;
/** So few that nothing is collected meanwhile. */
const WINDOW_TICKS = 10;

/** Bytes that a tick leaves behind for the collector: the middle of many short windows without a collection. */
function garbagePerTick(run: (ticks: number) => void): number {
  const each = Array.from({ length: WINDOWS }, () => {
    collectGarbage();
    const before = usedBytes();
    run(WINDOW_TICKS);
    return (usedBytes() - before) / WINDOW_TICKS;
  });
  return Math.round(each.sort((left, right) => left - right)[WINDOWS >> 1] as number);
}

function grownBytes(run: (ticks: number) => void): number {
  const before = retainedBytes();
  run(TICKS);
  return retainedBytes() - before;
}

/** A zone in which everybody turns round now and then, coins come and go, and something is said each tick. */
class BusyZone {
  readonly world = new Meadow();
  readonly #walkers: readonly number[];

  constructor() {
    this.#walkers = Array.from({ length: WALKERS }, (_, index) =>
      this.world.zone.spawn({ body: { x: 80 + (index % 40), y: 100 }, look: { name: `w${index}` } }),
    );
    this.world.advance(Array.from({ length: PLAYERS }, (_, index) => this.world.join(index)));
  }

  /** One tick; `step` steps the zone, with or without a gateway. */
  tick<T>(step: () => T): T {
    const { world } = this;
    const { zone } = world;
    for (const row of this.#walkers) {
      if ((world.tick + row) % 20 === 0) zone.body.vx[row] = row % 2 === 0 ? 3 : -3;
      if ((world.tick + row) % 40 === 0) zone.body.x[row] = 100;
    }
    const coin = zone.spawn({ body: { x: 100, y: 101 } });
    zone.look.hue[this.#walkers[world.tick % WALKERS] as number] = world.tick % 256;
    zone.emit('said', { text: 'hello' });
    const result = step();
    zone.destroy(coin);
    return result;
  }
}

function viewsOf({ mirror }: Meadow): View[] {
  return Array.from(
    { length: PLAYERS },
    (_, index) =>
      new View(mirror, {
        player: playerId(index),
        budgetBytesPerSecond: 20_000,
        maxMessageBytes: 65_535,
        lossy: index === 1,
      }),
  );
}

describe('10,000 ticks of a busy zone retain nothing that grows with time', () => {
  it('zone, gateway and clients together', () => {
    const busy = new BusyZone();
    const { world } = busy;
    const views = viewsOf(world);
    const replicas = views.map(() => new Replica(meadow.wire));
    const run = (ticks: number): void => {
      for (let tick = 0; tick < ticks; tick++) {
        busy.tick(() => world.advance());
        world.mirror.takeEvents();
        world.mirror.takePlayerChanges();
        views.forEach((view, index) => {
          const taken = view.take(world.tick);
          for (const frame of taken?.frames ?? []) (replicas[index] as Replica).apply(frame);
          if (taken !== undefined) view.delivered(taken.receipt);
        });
      }
    };
    run(WARM_UP_TICKS);
    const grown = grownBytes(run);
    expect(replicas.map(({ counts }) => counts.bad + counts.stale)).toEqual([0, 0]);
    expect(grown).toBeLessThan(MOST_RETAINED_BYTES);
  }, 60_000);

  it('the zone side: step and encode', () => {
    const busy = new BusyZone();
    const { world } = busy;
    const run = (ticks: number): void => {
      for (let tick = 0; tick < ticks; tick++) busy.tick(() => world.step());
    };
    run(WARM_UP_TICKS);
    const grown = grownBytes(run);
    const garbage = garbagePerTick(run);
    console.info(`zone side: ${garbage} bytes of garbage a tick, ${grown} bytes grown in ${TICKS} ticks`);
    expect(grown).toBeLessThan(MOST_RETAINED_BYTES);
    expect(garbage).toBeLessThan(6_000);
  }, 60_000);

  it('the gateway side: mirror and views', () => {
    const busy = new BusyZone();
    const { world } = busy;
    const views = viewsOf(world);
    const measured = WARM_UP_TICKS + TICKS + WINDOWS * WINDOW_TICKS;
    // Before anything is measured: what the zone leaves behind is not the gateway's.
    const firstTick = world.tick + 1;
    const messages = Array.from({ length: measured }, () => busy.tick(() => world.step().slice()));
    let at = 0;
    const run = (ticks: number): void => {
      for (let tick = 0; tick < ticks; tick++) {
        expectApplied(world.mirror.apply(messages[at] as Uint8Array));
        at += 1;
        world.mirror.takeEvents();
        world.mirror.takePlayerChanges();
        for (const view of views) {
          const taken = view.take(firstTick + at);
          if (taken !== undefined) view.delivered(taken.receipt);
        }
      }
    };
    run(WARM_UP_TICKS);
    const grown = grownBytes(run);
    const garbage = garbagePerTick(run);
    console.info(`gateway side: ${garbage} bytes of garbage a tick, ${grown} bytes grown in ${TICKS} ticks`);
    expect(at).toBe(messages.length);
    expect(grown).toBeLessThan(MOST_RETAINED_BYTES);
    expect(garbage).toBeLessThan(10_000);
  }, 60_000);
});

function expectApplied(result: string): void {
  if (result !== 'applied') throw new Error(`a message was ${result}`);
}
