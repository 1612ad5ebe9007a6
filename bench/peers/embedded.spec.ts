import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect, type Driven, playRaw } from './driver.ts';
import { NodeSocket } from './node-socket.ts';
import type { TickSummary } from './trial.ts';

/** The server program and both kinds of players, as the peers' programs use them, without the peers. */
const WAIT = { timeout: 20_000, interval: 50 };
const PARAMETERS = { n: 8, npcs: 50, hz: 20, aoi: 100, size: 200, motion: true, everyTick: false };

let port: number;
let server: ChildProcess;
const players: Driven[] = [];

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port: found } = probe.address() as { port: number };
  probe.close();
  await once(probe, 'close');
  return found;
}

beforeAll(async () => {
  port = await freePort();
  server = fork(fileURLToPath(new URL('embedded.mjs', import.meta.url)), {
    env: { ...process.env, BENCH: JSON.stringify({ ...PARAMETERS, port }) },
  });
});

afterAll(async () => {
  for (const player of players) player.close();
  if (server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.send('quit');
  expect(await ended).toEqual([0, null]);
});

it('plays a trial: players come in, see others, are acknowledged, and the ticks are told', async () => {
  const [ready] = (await once(server, 'message')) as [{ ready: boolean; pids: number[] }];
  expect(ready.ready).toBe(true);
  expect(ready.pids).toContain(server.pid);
  let ack = 0;
  const onAck = (sequence: number): void => {
    ack = sequence;
  };
  const sampled = await connect({ port, index: 0, sampled: true, onAck });
  players.push(sampled);
  const raw = await playRaw(NodeSocket, { port, index: 1, sampled: false, onAck });
  players.push(raw);
  server.send('begin');
  for (let sequence = 1; sequence <= 5; sequence++) {
    sampled.send(sequence, sequence);
    raw.send(sequence, sequence);
  }
  await expect.poll(() => ack, WAIT).toBe(5);
  await expect.poll(() => sampled.seen?.(), WAIT).toBeGreaterThan(10);
  await expect.poll(() => raw.ws?.frames, WAIT).toBeGreaterThan(20);
  expect(raw.ws?.closed).toBe(false);
  server.send('end');
  const [summary] = (await once(server, 'message')) as [TickSummary];
  expect(summary.ticks).toBeGreaterThan(5);
  expect(summary.tickP50).toBeGreaterThan(20);
});
