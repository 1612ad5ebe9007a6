import { lobby } from '@overworld/ruleset-lobby';
import { FakeClock } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';
import { FakeServer, FakeZone } from '../test/fake-server.ts';
import type { Status } from './connection-state.ts';
import { Overworld } from './overworld.ts';

const DRAINING = { reason: 'draining', detail: 'about to stop', reconnectAfterMs: 100, openForMs: 2000 };

async function joined() {
  const clock = new FakeClock();
  const server = new FakeServer(clock, new FakeZone(lobby, 'lobby-test', 1));
  const game = new Overworld(
    { url: 'http://test', rulesets: [lobby] },
    { clock, http: server, socket: server, random: () => 0.5 },
  );
  const statuses: Status[] = [];
  const run = async (ms: number): Promise<void> => {
    for (let elapsed = 0; elapsed < ms; elapsed += 10) await clock.advance(10);
  };
  const joining = game.login('Ada').then(() => game.join({ world: 'lobby' }, lobby));
  await run(1000);
  const zone = await joining;
  game.on('status', (status) => statuses.push(status));
  return { server, game, zone, statuses, run };
}

describe('a server process that sends its players away', () => {
  it('[GO1] is left for another connection without a moment in between, and every input is executed once', async () => {
    const { server, game, zone, statuses, run } = await joined();
    for (let step = 0; step < 20; step++) {
      if (step === 5) server.tellAll('closing', DRAINING);
      zone.input('move', { dx: step, dy: 0 });
      await run(30);
      expect(game.stats().state).toBe('playing');
    }
    await run(500);
    expect(server.resumes).toBe(1);
    expect(server.sockets).toBe(1);
    expect(statuses).toEqual([]);
    expect(game.stats()).toMatchObject({ pendingInputs: 0, sequence: 20, acknowledged: 20 });
    const sequences = server.zone.executed.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)]);
    expect(sequences.at(-1)).toBe(20);
  });

  it('[GO2] is tried again while it takes the new connection itself, and refuses it', async () => {
    const { server, statuses, run } = await joined();
    server.refuses = 'draining';
    server.tellAll('closing', DRAINING);
    await run(700);
    expect(server.resumes).toBe(0);
    server.refuses = '';
    await run(700);
    expect(server.resumes).toBe(1);
    expect(server.sockets).toBe(1);
    expect(statuses).toEqual([]);
  });

  it('[GO3] is come back from in the usual way when it is gone before there is another one', async () => {
    const { server, game, statuses, run } = await joined();
    server.refuses = 'draining';
    server.tellAll('closing', DRAINING);
    await run(300);
    server.cut();
    server.refuses = '';
    await run(2000);
    expect(statuses.map(({ state }) => state)).toEqual(['waiting', 'connecting', 'playing']);
    expect(statuses[0]).toMatchObject({ reason: 'draining' });
    expect(game.stats().reconnects).toBe(1);
    expect(server.sockets).toBe(1);
  });

  it('[GO4] is not fought over: who is replaced while going over stays away', async () => {
    const { server, game, run } = await joined();
    server.refuses = 'draining';
    server.tellAll('closing', DRAINING);
    await run(300);
    server.tellAll('closing', { reason: 'replaced', detail: 'elsewhere', reconnectAfterMs: 0 });
    await run(50);
    server.cut();
    server.refuses = '';
    await run(5000);
    expect(game.stats().state).toBe('closed');
    expect(server.sockets).toBe(0);
  });
});
