import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Replica, type ReplicaEntity } from '../client/index.ts';
import { Mirror, View } from '../gateway/index.ts';
import { EPSILON, Meadow, meadow, playerId, STEP } from './meadow.ts';

/** An extrapolation is within epsilon, a new segment within half a step on each of two axes. */
const BOUND = Math.max(EPSILON, STEP * Math.SQRT1_2) + 1e-9;

/** One entity that everybody sees, followed by a client that gets every frame. */
class Walk {
  readonly world = new Meadow();
  readonly replica = new Replica(meadow.wire);
  readonly view = new View(this.world.mirror, {
    player: playerId(0),
    budgetBytesPerSecond: 1_000_000,
    maxMessageBytes: 65_535,
  });
  readonly entity: number;
  readonly id: string;
  /** Frames that said something about the entity. */
  messages = 0;

  constructor(x: number, y: number) {
    const { zone } = this.world;
    this.entity = zone.spawn({ body: { x, y } });
    this.id = zone.stableId(this.entity);
    this.view.lookAt(x, y);
    this.follow();
  }

  /** Keeps the centre of sight on the entity, so that it is never out of sight and always near. */
  follow(): void {
    const { body } = this.world.zone;
    this.view.lookAt(body.x[this.entity], body.y[this.entity]);
    this.world.advance();
    const before = this.segments();
    for (const frame of this.view.take(this.world.tick)?.frames ?? []) this.replica.apply(frame);
    if (this.segments() !== before) this.messages++;
  }

  walk(vx: number, vy: number): void {
    const { body } = this.world.zone;
    body.vx[this.entity] = vx;
    body.vy[this.entity] = vy;
  }

  segments(): unknown {
    return this.replica.entities.get(this.id)?.get('body');
  }

  /** How far the client is off at the server's tick. */
  error(): number {
    const sample = this.replica.entities.get(this.id)?.sample(this.world.tick).body;
    const { body } = this.world.zone;
    const dx = (sample?.x as number) - body.x[this.entity];
    const dy = (sample?.y as number) - body.y[this.entity];
    return Math.hypot(dx, dy);
  }
}

describe('motion', () => {
  it('a straight walk of 1,000 ticks costs a message to start and one to stop', () => {
    const walk = new Walk(20, 20);
    walk.messages = 0;
    walk.walk(5, 2.5);
    for (let tick = 0; tick < 1000; tick++) {
      walk.follow();
      expect(walk.error()).toBeLessThanOrEqual(BOUND);
    }
    walk.walk(0, 0);
    for (let tick = 0; tick < 100; tick++) walk.follow();
    expect(walk.messages).toBe(2);
    expect(walk.error()).toBeLessThanOrEqual(STEP);
  });

  it('a client is within epsilon at every tick, whatever the walker does', () => {
    const speed = fc.double({ min: -12, max: 12, noNaN: true });
    const leg = fc.record({
      vx: speed,
      vy: speed,
      ticks: fc.integer({ min: 1, max: 40 }),
      teleport: fc.option(fc.integer({ min: 100, max: 600 }), { freq: 6 }),
      rests: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(leg, { minLength: 1, maxLength: 8 }), (legs) => {
        const walk = new Walk(400, 400);
        for (const { vx, vy, ticks, teleport, rests } of legs) {
          walk.walk(rests ? 0 : vx, rests ? 0 : vy);
          if (teleport !== null) walk.world.zone.body.x[walk.entity] = teleport;
          for (let tick = 0; tick < ticks; tick++) {
            walk.follow();
            expect(walk.error()).toBeLessThanOrEqual(BOUND);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a start and a stop are told on their own tick', () => {
    const walk = new Walk(20, 20);
    for (const vx of [0.3, 0, -12, 0]) {
      walk.walk(vx, 0);
      walk.follow();
      expect((walk.segments() as { vx: number }).vx).toBeCloseTo(vx, 9);
    }
  });

  describe('of an entity of which something else is said, too', () => {
    /** The vertical velocity that a client has been told one tick after the entity turned, and its color changed or did not. */
    function toldAfterTurn(vy: number, changesHue: boolean): number {
      const walk = new Walk(20, 20);
      const { zone } = walk.world;
      zone.add(walk.entity, 'look', { hue: 1 });
      walk.walk(5, 0);
      for (let tick = 0; tick < 5; tick++) walk.follow();
      walk.walk(5, vy);
      if (changesHue) zone.look.hue[walk.entity] = 2;
      walk.follow();
      expect(walk.error()).toBeLessThanOrEqual(BOUND);
      return (walk.segments() as { vy: number }).vy;
    }

    it('goes along when it would be off at the next view tick', () => {
      const vy = (1.5 * EPSILON * meadow.tickHz) / 2;
      expect(toldAfterTurn(vy, false)).toBe(0);
      expect(toldAfterTurn(vy, true)).toBeCloseTo(vy, 9);
    });

    it('does not go along when it still holds then', () => {
      expect(toldAfterTurn((0.8 * EPSILON * meadow.tickHz) / 2, true)).toBe(0);
    });
  });

  it('start ticks survive the wrap of their 16 bits', () => {
    const walk = new Walk(20, 20);
    walk.walk(0.1, 0);
    for (let tick = 0; tick < 70_000; tick++) {
      walk.follow();
      if (tick % 500 === 0) expect(walk.error()).toBeLessThanOrEqual(BOUND);
    }
    expect(walk.error()).toBeLessThanOrEqual(BOUND);
    expect(walk.messages).toBeLessThan(8);
    // Who comes now has only the 16 bits to tell the start by.
    const mirror = new Mirror(meadow.wire, meadow.definition.interest);
    expect(mirror.apply(walk.world.encoder.sync({ epoch: 1 }))).toBe('applied');
    const place = mirror.places.x(walk.entity, mirror.tick);
    expect(Math.abs(place - walk.world.zone.body.x[walk.entity])).toBeLessThanOrEqual(BOUND);
  });

  it('is blended towards a correction before it takes hold, and never jumps', () => {
    const walk = new Walk(20, 20);
    walk.walk(6, 0);
    for (let tick = 0; tick < 20; tick++) walk.follow();
    walk.walk(0, 6);
    for (let tick = 0; tick < 20; tick++) walk.follow();
    const entity = walk.replica.entities.get(walk.id);
    let last = entity?.sample(walk.world.tick - 38).body as { x: number; y: number };
    last = { ...last };
    for (let at = walk.world.tick - 38; at < walk.world.tick; at += 0.1) {
      const { x, y } = (entity as ReplicaEntity).sample(at).body as { x: number; y: number };
      // A tenth of a tick at 6 units a second, with room for what is blended in.
      expect(Math.hypot(x - last.x, y - last.y)).toBeLessThan(0.03 + 0.15);
      last = { x, y };
    }
  });

  it('draws a teleport as a jump, not as a very fast walk', () => {
    const walk = new Walk(20, 20);
    for (let tick = 0; tick < 10; tick++) walk.follow();
    walk.world.zone.body.x[walk.entity] = 70;
    walk.follow();
    const at = walk.world.tick;
    const entity = walk.replica.entities.get(walk.id);
    expect(entity?.sample(at - 0.01).body?.x).toBeCloseTo(20, 1);
    expect(entity?.sample(at).body?.x).toBeCloseTo(70, 1);
  });
});
