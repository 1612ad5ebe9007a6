import { ZoneRuntime } from '@overworld/ruleset';
import { lobby } from '@overworld/ruleset-lobby';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SelfPrediction, type ServerValue } from './self-prediction.ts';

const PLAYER = '00000000000000aa';

interface Sent {
  readonly sequence: number;
  readonly value: { readonly dx: number; readonly dy: number };
  readonly tick: number;
}

type Columns = { readonly [component: string]: { readonly [field: string]: ArrayLike<number> } };
const columnsOf = (runtime: ZoneRuntime): Columns => runtime.state.columns as unknown as Columns;

/** The real ruleset on the server's side, and what its client is told. */
class Server {
  readonly #runtime: ZoneRuntime;
  readonly #waiting: Sent[] = [];
  tick = 0;
  acknowledged = 0;

  constructor() {
    const birth = { zoneId: 'lobby-test', zoneNumber: 7, seed: 'spec', params: {}, idKey: [3, 4] as const };
    this.#runtime = ZoneRuntime.create(lobby, birth);
    this.step([
      { kind: 'join', tick: 1, player: PLAYER, name: 'Ada', character: new Uint8Array(0), gateway: 'g' },
    ]);
  }

  receive(input: Sent): void {
    this.#waiting.push(input);
  }

  step(operations: Parameters<ZoneRuntime['step']>[1] = []): void {
    this.tick += 1;
    const due = this.#waiting.filter((input) => input.tick <= this.tick);
    for (const input of due) this.#waiting.splice(this.#waiting.indexOf(input), 1);
    const codec = lobby.inputs[0]!.codec;
    const inputs = due.map(({ sequence, value }) => ({
      kind: 'input' as const,
      tick: this.tick,
      player: PLAYER,
      sequence,
      input: 0,
      source: 'player' as const,
      value: codec.encode(value)!,
    }));
    this.#runtime.step(this.tick, [...operations, ...inputs]);
    for (const { sequence } of inputs) this.acknowledged = Math.max(this.acknowledged, sequence);
  }

  exact(component: string, field: string): number {
    const avatar = this.#runtime.table.avatar(this.#runtime.table.find(PLAYER));
    return columnsOf(this.#runtime)[component]![field]![avatar]!;
  }

  /** Rounded as the wire rounds it. */
  readonly value: ServerValue = (component, field) => {
    const wire = lobby.wire.components
      .find(({ name }) => name === component)!
      .fields.find(({ name }) => name === field)!;
    return wire.offset + Math.round((this.exact(component, field) - wire.offset) / wire.scale) * wire.scale;
  };
}

function predictionOf(server: Server): SelfPrediction {
  const prediction = SelfPrediction.of(lobby, 'lobby-test', {}, PLAYER)!;
  prediction.reconcile(server.tick, 0, server.value);
  return prediction;
}

function shownX(prediction: SelfPrediction): number {
  const sample = { body: { x: Number.NaN } };
  prediction.show(sample);
  return sample.body.x;
}

const direction = fc.record({
  dx: fc.integer({ min: -100, max: 100 }),
  dy: fc.integer({ min: -100, max: 100 }),
});

describe('prediction of the own entity', () => {
  it('equals the server exactly while inputs arrive before their tick', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(direction), { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        (wishes, lead) => {
          const server = new Server();
          const prediction = predictionOf(server);
          prediction.advance(server.tick + lead, 50);
          let sequence = 0;
          for (const wish of wishes) {
            if (wish) {
              const input = { sequence: ++sequence, value: wish, tick: prediction.newestTick };
              prediction.input(input.sequence, 'move', wish, true, input.tick);
              server.receive(input);
            }
            server.step();
            prediction.reconcile(server.tick, server.acknowledged, server.value);
            prediction.advance(server.tick + lead, 50);
          }
          for (let count = 0; count < lead; count++) server.step();
          expect(prediction.corrections.count).toBe(0);
          // The start was known in rounded form alone: that is all the difference there may be.
          prediction.advance(server.tick, 1_000);
          const offX = server.value('body', 'x')! - shownX(prediction);
          expect(Math.abs(offX)).toBeLessThan(1 / 256);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('shows an input at once', () => {
    const server = new Server();
    const prediction = predictionOf(server);
    prediction.advance(server.tick + 4, 50);
    const before = shownX(prediction);
    prediction.input(1, 'move', { dx: 100, dy: 0 }, true, prediction.newestTick);
    prediction.advance(server.tick + 4, 40);
    expect(shownX(prediction)).toBeGreaterThan(before + 0.05);
  });

  it("comes to the server's place after a late input, and counts it as late once", () => {
    const server = new Server();
    const prediction = predictionOf(server);
    prediction.advance(server.tick + 3, 50);
    prediction.input(1, 'move', { dx: 100, dy: 0 }, true, prediction.newestTick);
    let late = 0;
    for (let count = 0; count < 40; count++) {
      if (count === 9) server.receive({ sequence: 1, value: { dx: 100, dy: 0 }, tick: 0 });
      server.step();
      late += prediction.reconcile(server.tick, server.acknowledged, server.value);
      prediction.advance(server.tick + 3, 50);
    }
    expect(late).toBe(1);
    expect(prediction.corrections.count).toBeGreaterThan(0);
    for (let count = 0; count < 3; count++) server.step();
    expect(Math.abs(shownX(prediction) - server.exact('body', 'x'))).toBeLessThan(0.1);
  });

  it('takes an input back that the server refused', () => {
    const server = new Server();
    const prediction = predictionOf(server);
    const before = shownX(prediction);
    prediction.advance(server.tick + 3, 50);
    prediction.input(1, 'move', { dx: 100, dy: 0 }, true, prediction.newestTick);
    prediction.refuse(1);
    for (let count = 0; count < 20; count++) {
      server.step();
      prediction.reconcile(server.tick, 0, server.value);
      prediction.advance(server.tick + 3, 50);
    }
    expect(shownX(prediction)).toBeCloseTo(before, 1);
  });

  it('follows a push by the server smoothly: no picture moves further than a walk and a decaying rest', () => {
    const server = new Server();
    const prediction = predictionOf(server);
    prediction.advance(server.tick + 3, 50);
    const pushed: ServerValue = (component, field) => {
      const value = server.value(component, field)!;
      return component === 'body' && field === 'x' ? value + 1.5 : value;
    };
    let shown = shownX(prediction);
    const place = shown;
    for (let picture = 0; picture < 60; picture++) {
      if (picture % 3 === 0) {
        server.step();
        prediction.reconcile(server.tick, 0, pushed);
      }
      prediction.advance(server.tick + 3 + (picture % 3) / 3, 16.7);
      const next = shownX(prediction);
      expect(Math.abs(next - shown)).toBeLessThan(0.55);
      shown = next;
    }
    expect(shown - place).toBeCloseTo(1.5, 1);
    expect(prediction.corrections.count).toBe(1);
    expect(prediction.corrections.largest).toBeCloseTo(1.5, 1);
  });

  it('starts over when it fell far behind, from what the server says', () => {
    const server = new Server();
    const prediction = predictionOf(server);
    prediction.advance(server.tick + 1_000, 50_000);
    expect(prediction.isReady).toBe(false);
    for (let count = 0; count < 1_000; count++) server.step();
    prediction.reconcile(server.tick, 0, server.value);
    prediction.advance(server.tick + 3, 16);
    expect(prediction.isReady).toBe(true);
    expect(prediction.newestTick).toBe(server.tick + 3);
  });
});
