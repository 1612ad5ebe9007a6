import { defineRuleset } from '@overworld/ruleset';
import { lobby } from '@overworld/ruleset-lobby';
import { FakeClock } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';
import { FakeServer, FakeZone } from '../test/fake-server.ts';
import type { Status } from './connection-state.ts';
import type { GameZone } from './game-zone.ts';
import { Overworld } from './overworld.ts';
import { OverworldError } from './refusal.ts';

interface WorldOptions {
  readonly decode?: boolean;
  readonly params?: unknown;
}

class World {
  readonly clock = new FakeClock();
  readonly server: FakeServer;
  readonly statuses: Status[] = [];
  readonly game: Overworld;
  zone!: GameZone<typeof lobby>;
  #draws = 0;

  constructor({ params, ...options }: WorldOptions = {}) {
    const { clock } = this;
    const server = new FakeServer(clock, new FakeZone(lobby, 'lobby-test', 1, { params }));
    this.server = server;
    const random = () => ((this.#draws++ * 7) % 10) / 10;
    const onError = (error: unknown) => {
      throw error;
    };
    this.game = new Overworld(
      { url: 'http://test', rulesets: [lobby], onError, ...options },
      { clock, http: server, socket: server, random },
    );
    this.game.on('status', (status) => this.statuses.push(status));
  }

  static async joined(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    const joining = world.game.login('Ada').then(() => world.game.join({ world: 'lobby' }, lobby));
    await world.run(1_000);
    world.zone = await joining;
    return world;
  }

  /** Moves time in steps of a picture, looking at the game in each as a page does. */
  async run(ms: number, look?: () => void): Promise<void> {
    for (let elapsed = 0; elapsed < ms; elapsed += 16) {
      await this.clock.advance(Math.min(16, ms - elapsed));
      this.game.zone?.self?.sample();
      look?.();
    }
  }

  get x(): number {
    return this.zone.self!.sample().body!.x as number;
  }
}

describe('playing', () => {
  it('logs in, joins and sees the own entity', async () => {
    const { game, zone } = await World.joined();
    expect(game.account).toMatchObject({ name: 'Ada' });
    expect(zone.id).toBe('lobby-test');
    expect([...zone.entities].map((entity) => entity.sample().look?.name)).toEqual(['Ada']);
    expect(zone.self!.isOwn).toBe(true);
    const { state, predicting, roundTripMs, epoch } = game.stats();
    expect({ state, predicting, epoch }).toEqual({ state: 'playing', predicting: true, epoch: 1 });
    expect(roundTripMs).toBeCloseTo(50, 0);
  });

  it('predicts without a correction and ends where the server is, when inputs arrive in time', async () => {
    const world = await World.joined();
    const { zone, server, game } = world;
    for (const [dx, dy] of [
      [100, 0],
      [0, 100],
      [-60, -80],
      [0, 0],
    ] as const) {
      zone.input('move', { dx, dy });
      await world.run(737);
    }
    await world.run(1_000);
    expect(game.stats().corrections).toBe(0);
    expect(game.stats().pendingInputs).toBe(0);
    expect(world.x).toBeCloseTo(server.zone.exact('body', 'x'), 2);
    expect(server.zone.executed.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  });

  it('moves within the first picture after an input', async () => {
    const world = await World.joined();
    const before = world.x;
    world.zone.input('move', { dx: 100, dy: 0 });
    await world.run(32);
    expect(world.x).toBeGreaterThan(before + 0.02);
  });

  it('hears events and acknowledgements', async () => {
    const world = await World.joined();
    const said: string[] = [];
    const latencies: number[] = [];
    world.zone.on('said', ({ value }) => said.push(`${value.name}: ${value.text}`));
    world.zone.onAcknowledged(({ latencyMs }) => latencies.push(latencyMs));
    world.zone.input('say', { text: 'hello' });
    await world.run(500);
    expect(said).toEqual(['Ada: hello']);
    expect(latencies).toHaveLength(1);
    expect(latencies[0]).toBeGreaterThanOrEqual(50);
    expect(latencies[0]).toBeLessThan(150);
  });

  it('refuses an input that the zone does not have, or whose value does not fit, before it is sent', async () => {
    const { zone } = await World.joined();
    expect(() => zone.input('fly' as 'move', { dx: 0, dy: 0 })).toThrow('unknown-input');
    expect(() => zone.input('move', { dx: 101, dy: 0 })).toThrow('bad-input');
    expect(() => zone.input('say', { text: 3 as unknown as string })).toThrow('bad-input');
  });

  it('reads acknowledgements alone when told not to decode', async () => {
    const world = await World.joined({ decode: false });
    world.zone.input('move', { dx: 100, dy: 0 });
    await world.run(500);
    const { acknowledged, entities, predicting, badFrames } = world.game.stats();
    expect({ acknowledged, entities, predicting, badFrames }).toEqual({
      acknowledged: 1,
      entities: 0,
      predicting: false,
      badFrames: 0,
    });
  });
});

describe('a bad line', () => {
  it('copes with jitter, lost, late and doubled frames: all inputs once, and both ends agree in the end', async () => {
    const world = await World.joined();
    const { zone, server, game } = world;
    let seed = 1;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    server.line.jitterMs = () => (random() < 0.05 ? 250 : random() * 40);
    server.line.loseFrame = () => random() < 0.2;
    server.line.duplicateFrame = () => random() < 0.2;
    let largestStep = 0;
    let last = world.x;
    for (let turn = 0; turn < 40; turn++) {
      zone.input('move', { dx: turn % 2 ? 100 : -100, dy: 0 });
      await world.run(300, () => {
        largestStep = Math.max(largestStep, Math.abs(world.x - last));
        last = world.x;
      });
    }
    zone.input('move', { dx: 0, dy: 0 });
    server.line.jitterMs = () => 0;
    server.line.loseFrame = () => false;
    await world.run(3_000);
    expect(world.x).toBeCloseTo(server.zone.exact('body', 'x'), 1);
    expect(server.zone.executed.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 41 }, (_, index) => index + 1),
    );
    // 4 m/s are 7 cm a picture: corrections may add to that, a jump may not.
    expect(largestStep).toBeLessThan(0.8);
    expect(game.stats().badFrames).toBe(0);
  });

  it('notices a line that is dead without saying so, and comes back', async () => {
    const world = await World.joined();
    world.server.line.delayMs = 1e9;
    await world.run(14_000);
    expect(world.game.stats().state).not.toBe('playing');
    world.server.line.delayMs = 25;
    await world.run(20_000);
    expect(world.game.stats().state).toBe('playing');
    expect(world.server.logins).toBe(1);
  });
});

describe('a lost connection', () => {
  it('is taken up again by itself; what was given meanwhile is executed once, in order', async () => {
    const world = await World.joined();
    const { zone, server, game } = world;
    zone.input('say', { text: 'one' });
    await world.run(10);
    server.cut();
    zone.input('say', { text: 'two' });
    zone.input('move', { dx: 100, dy: 0 });
    zone.input('move', { dx: 0, dy: 0 });
    await world.run(6_000);
    expect(game.stats()).toMatchObject({ state: 'playing', pendingInputs: 0, reconnects: 1 });
    expect(server.resumes).toBe(1);
    expect(server.logins).toBe(1);
    const executed = server.zone.executed;
    expect(executed.map(({ value }) => (value as { text?: string }).text ?? value)).toEqual([
      'one',
      'two',
      { dx: 0, dy: 0 },
    ]);
    expect(game.zone).toBe(zone);
  });

  it('says so, with how long it waits', async () => {
    const world = await World.joined();
    world.server.cut();
    await world.run(20);
    const waiting = world.statuses.find(({ state }) => state === 'waiting')!;
    expect(waiting).toMatchObject({ attempt: 1, reason: 'unreachable' });
    expect(waiting.retryInMs).toBeLessThanOrEqual(250);
    await world.run(2_000);
    expect(world.statuses.at(-1)).toMatchObject({ state: 'playing', attempt: 0, reason: '' });
  });

  it('survives the death of the server: new epoch, same entity, same object, no login', async () => {
    const world = await World.joined();
    const { zone, server, game } = world;
    const { id } = zone.self!;
    const self = zone.self;
    zone.input('move', { dx: 100, dy: 0 });
    await world.run(1_000);
    server.kill();
    zone.input('move', { dx: 0, dy: 100 });
    await world.run(9_000);
    expect(game.stats().state).not.toBe('playing');
    server.start();
    await world.run(8_000);
    expect(game.stats()).toMatchObject({ state: 'playing', epoch: 2, pendingInputs: 0, predicting: true });
    expect(zone.self).toBe(self);
    expect(zone.self!.id).toBe(id);
    expect(server.logins).toBe(1);
    expect(server.zone.executed.map(({ sequence }) => sequence)).toEqual([1, 2]);
    zone.input('move', { dx: 0, dy: 0 });
    await world.run(1_500);
    expect(world.x).toBeCloseTo(server.zone.exact('body', 'x'), 1);
  });

  it('is none when the zone changes hands: what is known of it stays, and inputs go on', async () => {
    const world = await World.joined({ params: { seats: 3 } });
    const { zone, server, game } = world;
    const { self, schema, params } = zone;
    const epochs: number[] = [];
    zone.onZone(({ epoch }) => epochs.push(epoch));
    zone.input('move', { dx: 100, dy: 0 });
    await world.run(500);
    server.changeHands();
    zone.input('move', { dx: 0, dy: 100 });
    await world.run(1_000);
    expect(epochs).toEqual([2]);
    expect(world.statuses.at(-1)).toMatchObject({ state: 'playing' });
    expect(game.stats()).toMatchObject({ epoch: 2, pendingInputs: 0, predicting: true, badFrames: 0 });
    expect(zone.schema).toBe(schema);
    expect(zone.params).toEqual(params);
    expect(zone.self).toBe(self);
    expect(server.zone.executed.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('tries with growing, bounded pauses for as long as it takes', async () => {
    const world = await World.joined();
    world.server.kill();
    world.server.requests.length = 0;
    await world.run(120_000);
    const attempts = world.statuses.filter(({ state }) => state === 'connecting').length;
    expect(attempts).toBeGreaterThan(20);
    expect(attempts).toBeLessThan(90);
    expect(Math.max(...world.statuses.map(({ retryInMs }) => retryInMs))).toBeLessThanOrEqual(5_000);
    world.server.start();
    await world.run(8_000);
    expect(world.game.stats().state).toBe('playing');
  });

  it('renews an access token that has ended meanwhile', async () => {
    const world = await World.joined();
    world.server.oldestToken = 2;
    world.server.cut();
    await world.run(6_000);
    expect(world.game.stats().state).toBe('playing');
    expect(world.server.requests.filter((request) => request === 'POST /refresh')).toHaveLength(1);
    expect(world.server.logins).toBe(1);
  });

  it('renews the token for a call that the server refuses for it, once for several calls at a time', async () => {
    const world = await World.joined();
    const leaving = world.game.leave();
    await world.run(500);
    await leaving;
    world.server.oldestToken = 2;
    const joining = Promise.all([
      world.game.join({ world: 'lobby' }),
      world.game.lobby('NOPE').catch((error: unknown) => error),
    ]);
    await world.run(1_500);
    expect((await joining)[0].id).toBe('lobby-test');
    expect((await joining)[1]).toMatchObject({ reason: 'unknown-zone' });
    expect(world.server.requests.filter((request) => request === 'POST /refresh')).toHaveLength(1);
  });

  it('waits as long as the server asks for before it stops', async () => {
    const world = await World.joined();
    const { server } = world;
    server.tellAll('closing', { reason: 'draining', detail: 'restart', reconnectAfterMs: 3_000 });
    await world.run(100);
    server.cut();
    await world.run(2_800);
    expect(world.game.stats().state).toBe('waiting');
    await world.run(3_000);
    expect(world.game.stats().state).toBe('playing');
  });

  it('gives up when another window has taken over', async () => {
    const world = await World.joined();
    world.server.tellAll('closing', { reason: 'replaced', detail: 'elsewhere', reconnectAfterMs: 0 });
    await world.run(100);
    world.server.cut();
    await world.run(20_000);
    expect(world.statuses.at(-1)).toMatchObject({ state: 'closed', reason: 'replaced' });
    expect(world.server.joins).toBe(1);
  });
});

describe('a silent server', () => {
  it('leaves everybody where they are, the own entity too, and goes on smoothly', async () => {
    const world = await World.joined({ params: { dummy: true } });
    const { zone, server } = world;
    const dummy = () => [...zone.entities].find((entity) => !entity.isOwn)!.sample().body!;
    zone.input('move', { dx: 40, dy: 0 });
    await world.run(1_000);
    server.kill();
    await world.run(3_500);
    const [ownX, dummyX] = [world.x, dummy().x];
    await world.run(5_000);
    expect(world.x).toBe(ownX);
    expect(dummy().x).toBe(dummyX);
    server.start();
    let last = ownX;
    let largestStep = 0;
    await world.run(8_000, () => {
      largestStep = Math.max(largestStep, Math.abs(world.x - last));
      last = world.x;
    });
    expect(world.game.stats().state).toBe('playing');
    expect(largestStep).toBeLessThan(1.3);
  });
});

describe('the others', () => {
  it('move as evenly as on the server, on a line with jitter', async () => {
    const world = await World.joined({ params: { dummy: true } });
    let turn = 0;
    world.server.line.jitterMs = () => (turn++ % 5) * 8;
    const dummy = [...world.zone.entities].find((entity) => !entity.isOwn)!;
    await world.run(2_000);
    const steps: number[] = [];
    let last: { x: number; y: number } | undefined;
    await world.run(10_000, () => {
      const { x, y } = dummy.sample().body as unknown as { x: number; y: number };
      if (last) steps.push(Math.hypot(x - last.x, y - last.y) / 0.016);
      last = { x, y };
    });
    // The dummy walks 2.51 m/s in a circle; the wire lets it be 5 cm off its path.
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    expect(mean).toBeCloseTo(2.51, 1);
    expect(Math.min(...steps)).toBeGreaterThan(1.5);
    expect(Math.max(...steps)).toBeLessThan(3.6);
  });
});

describe('a handoff', () => {
  it('goes on in the other zone with the same object, entity and sequence', async () => {
    const world = await World.joined();
    const { zone, server, game } = world;
    zone.input('move', { dx: 0, dy: 0 });
    await world.run(200);
    const zones: string[] = [];
    const acknowledged: number[] = [];
    zone.onZone((info) => zones.push(info.zone));
    zone.onAcknowledged(({ sequence }) => acknowledged.push(sequence));
    zone.input('move', { dx: 0, dy: 50 });
    // Executed, but the frame that would say so is never sent: the next zone says it.
    server.line.loseFrame = () => true;
    await world.run(100);
    server.line.loseFrame = () => false;
    server.handoff(new FakeZone(lobby, 'lobby-two', 5));
    zone.input('say', { text: 'on the way' });
    await world.run(1_000);
    expect(zones).toEqual(['lobby-two']);
    expect(game.zone).toBe(zone);
    expect(zone.id).toBe('lobby-two');
    expect(game.stats()).toMatchObject({ state: 'playing', pendingInputs: 0, sequence: 3, epoch: 5 });
    zone.input('move', { dx: 100, dy: 0 });
    await world.run(1_000);
    expect(server.zone.executed.at(-1)).toMatchObject({ sequence: 4 });
    expect(acknowledged).toEqual([2, 3, 4]);
    expect(zone.entityCount).toBe(1);
  });

  it('refuses what was on its way and what the other zone does not have', async () => {
    const world = await World.joined();
    const { zone, server, game } = world;
    const { say: _say, ...inputs } = lobby.definition.inputs;
    const mute = defineRuleset({ ...lobby.definition, name: 'mute', inputs } as never);
    const refused: unknown[] = [];
    zone.onRefused((one) => refused.push(one));
    server.line.loseInput = () => true;
    zone.input('say', { text: 'on the way' });
    zone.input('move', { dx: 0, dy: 50 });
    await world.run(100);
    server.line.loseInput = () => false;
    server.handoff(new FakeZone(mute, 'mute-one', 5));
    await world.run(1_000);
    expect(refused).toMatchObject([{ sequence: 1, input: 'say', reason: 'unknown-input' }]);
    expect(server.zone.executed).toMatchObject([{ sequence: 2 }]);
    expect(game.stats().pendingInputs).toBe(0);
  });

  it('is none when the same zone asks for what it missed: inputs are sent again, and nothing else happens', async () => {
    const world = await World.joined();
    const { zone, server, game } = world;
    await world.run(200);
    const zones: string[] = [];
    zone.onZone((info) => zones.push(info.zone));
    const entities = zone.entityCount;
    server.line.loseInput = () => true;
    zone.input('say', { text: 'lost' });
    await world.run(100);
    server.line.loseInput = () => false;
    server.ask();
    expect(zone.entityCount).toBe(entities);
    await world.run(500);
    expect(zones).toEqual([]);
    expect(server.zone.executed.at(-1)).toMatchObject({ sequence: 1 });
    expect(game.stats()).toMatchObject({ state: 'playing', pendingInputs: 0 });
  });
});

describe('a join that does not work', () => {
  it('throws with the reason and does not try again', async () => {
    const world = new World();
    const joining = world.game.login('Ada').then(() => world.game.join({ lobby: 'NOPE' }));
    const outcome = joining.catch((error: unknown) => error);
    await world.run(1_000);
    expect(await outcome).toBeInstanceOf(OverworldError);
    expect(await outcome).toMatchObject({ reason: 'unknown-zone' });
    const requests = world.server.requests.length;
    await world.run(20_000);
    expect(world.server.requests).toHaveLength(requests);
  });

  it('forgets a login whose session is over', async () => {
    const world = await World.joined();
    world.server.oldestToken = Number.POSITIVE_INFINITY;
    world.server.refreshWorks = false;
    world.server.cut();
    await world.run(6_000);
    expect(world.statuses.at(-1)).toMatchObject({ state: 'closed', reason: 'session-expired' });
    expect(world.game.account).toBeUndefined();
  });

  it('throws `unreachable` when nobody answers', async () => {
    const world = new World();
    world.server.kill();
    const outcome = world.game.login('Ada').catch((error: unknown) => error);
    await world.run(1_000);
    expect(await outcome).toMatchObject({ reason: 'unreachable' });
  });
});
