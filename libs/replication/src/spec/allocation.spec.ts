import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Replica } from '../client/index.ts';
import { View } from '../gateway/index.ts';
import { Meadow, meadow, playerId } from './meadow.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function retainedBytes(): number {
  collectGarbage();
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

it('10,000 ticks of a busy zone retain nothing that grows with time', () => {
  const world = new Meadow();
  const { zone } = world;
  const walkers: number[] = [];
  for (let index = 0; index < 100; index++) {
    walkers.push(zone.spawn({ body: { x: 80 + (index % 40), y: 100 }, look: { name: `w${index}` } }));
  }
  world.advance([world.join(0), world.join(1)]);
  const views = [0, 1].map(
    (index) =>
      new View(world.mirror, {
        player: playerId(index),
        budgetBytesPerSecond: 20_000,
        maxMessageBytes: 65_535,
        lossy: index === 1,
      }),
  );
  const replicas = views.map(() => new Replica(meadow.wire));
  const run = (ticks: number): void => {
    for (let tick = 0; tick < ticks; tick++) {
      // Everybody turns round now and then, coins come and go.
      for (const row of walkers)
        if ((world.tick + row) % 20 === 0) zone.body.vx[row] = row % 2 === 0 ? 3 : -3;
      for (const row of walkers) if ((world.tick + row) % 40 === 0) zone.body.x[row] = 100;
      const coin = zone.spawn({ body: { x: 100, y: 101 } });
      zone.look.hue[walkers[world.tick % 100] as number] = world.tick % 256;
      zone.emit('said', { text: 'hello' });
      world.advance();
      zone.destroy(coin);
      world.mirror.takeEvents();
      world.mirror.takePlayerChanges();
      views.forEach((view, index) => {
        const taken = view.take(world.tick);
        for (const frame of taken?.frames ?? []) (replicas[index] as Replica).apply(frame);
        if (taken !== undefined) view.delivered(taken.receipt);
      });
    }
  };
  // Long enough to fill every history and every scratch array.
  run(3000);
  const before = retainedBytes();
  run(10_000);
  const grown = retainedBytes() - before;
  expect(replicas.map(({ counts }) => counts.bad + counts.stale)).toEqual([0, 0]);
  expect(grown).toBeLessThan(150_000);
}, 60_000);
