import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { State } from './state.ts';

const schema = { components: {}, record: {}, streams: [] } as const;
const create = (maxTimers = 1000) =>
  State.create(schema, { capacity: 1, maxTimers, seed: '', zoneNumber: 0, idKey: [0, 0] });

describe('timers', () => {
  it('fire in the order of their ticks, then in the order in which they were set', () => {
    const { timers } = create();
    for (const [kind, tick] of [
      [1, 9],
      [2, 5],
      [3, 9],
      [4, 5],
      [5, 1],
    ] as const) {
      timers.set(kind, tick, 0, kind / 2);
    }
    const fired: number[] = [];
    expect(timers.popDue(0)).toBe(false);
    expect(timers.nextTick).toBe(1);
    while (timers.popDue(9)) {
      fired.push(timers.due.kind);
      expect(timers.due.argument).toBe(timers.due.kind / 2);
    }
    expect(fired).toEqual([5, 2, 4, 1, 3]);
    expect([timers.size, timers.nextTick]).toEqual([0, -1]);
  });

  it('behave like a sorted list under any sequence of calls', () => {
    const step = fc.oneof(
      fc.record({ set: fc.nat({ max: 20 }) }),
      fc.record({ cancel: fc.nat({ max: 40 }) }),
      fc.record({ pop: fc.nat({ max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { timers } = create(24);
        const model: { id: number; tick: number }[] = [];
        const ids: number[] = [];
        for (const what of steps) {
          if ('set' in what) {
            const id = timers.set(1, what.set, 0, ids.length);
            expect(id > 0).toBe(model.length < 24);
            if (id === 0) continue;
            ids.push(id);
            model.push({ id, tick: what.set });
            model.sort((a, b) => a.tick - b.tick || a.id - b.id);
          } else if ('cancel' in what) {
            const id = ids[what.cancel] ?? 0;
            const at = model.findIndex((timer) => timer.id === id);
            expect(timers.cancel(id)).toBe(at >= 0);
            if (at >= 0) model.splice(at, 1);
          } else {
            const isDue = model.length > 0 && model[0]!.tick <= what.pop;
            expect(timers.popDue(what.pop)).toBe(isDue);
            if (isDue) expect(ids[timers.due.argument]).toBe(model.shift()!.id);
          }
          expect(timers.size).toBe(model.length);
        }
      }),
    );
  });

  it('stay in order when the one that fills a gap is due before those above it', () => {
    const { timers } = create();
    const ticks = [0, 10, 1, 11, 12, 2, 3, 20, 21, 22, 23, 40, 41, 42, 7];
    const ids = ticks.map((tick) => timers.set(1, tick, 0, 0));
    timers.cancel(ids[7] as number);
    const fired: number[] = [];
    while (timers.popDue(99)) fired.push(timers.due.tick);
    expect(fired).toEqual([0, 1, 2, 3, 7, 10, 11, 12, 21, 22, 23, 40, 41, 42]);
  });

  it('are refused when there are too many', () => {
    const { timers } = create(2);
    expect([timers.set(1, 1, 0, 0), timers.set(1, 1, 0, 0), timers.set(1, 1, 0, 0)]).toEqual([1, 2, 0]);
    timers.cancel(1);
    expect(timers.set(1, 1, 0, 0)).toBe(3);
  });

  it('are cancelled once, and never by the id of another', () => {
    const { timers } = create();
    const id = timers.set(1, 1, 0, 0);
    expect([timers.cancel(id), timers.cancel(id), timers.cancel(0), timers.cancel(-1)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    timers.set(1, 1, 0, 0);
    expect(timers.cancel(id)).toBe(false);
  });

  it('are taken out by what they are about, whatever their id is', () => {
    const state = State.create(
      { components: {}, record: {}, streams: [] },
      { capacity: 4, maxTimers: 8, seed: '', zoneNumber: 0, idKey: [0, 0] },
    );
    const { timers } = state;
    const [one, other] = [state.ref(state.spawn()), state.ref(state.spawn())];
    timers.set(1, 5, one, 1);
    timers.set(2, 5, one, 2);
    timers.set(1, 5, other, 3);
    expect(timers.cancelOf(1, one)).toBe(true);
    expect(timers.cancelOf(1, one)).toBe(false);
    const fired: number[] = [];
    while (timers.popDue(5)) fired.push(timers.due.argument);
    expect(fired).toEqual([2, 3]);
  });

  it('assert their arguments', () => {
    const { timers } = create();
    expect(() => timers.set(-1, 1, 0, 0)).toThrow();
    expect(() => timers.set(1, 0.5, 0, 0)).toThrow();
    expect(() => timers.set(1, -1, 0, 0)).toThrow();
    expect(() => timers.set(1, 1, 0, Number.NaN)).toThrow();
  });
});
