import { expect, it } from 'vitest';
import { DeliveryOrder, type Viewer, type Wait } from './delivery-order.ts';

/** Players, and in which order they were shown something in the last round. */
class Stand {
  readonly order = new DeliveryOrder();
  /** By player: the inputs that are not answered. */
  readonly #open = new Map<string, number>();
  /** By player: those of them that he had said when his wait began. */
  readonly #awaited = new Map<string, number>();
  readonly #viewers = new Map<string, Viewer>();
  #shown: string[] = [];

  constructor(names: readonly string[]) {
    for (const name of names) this.#viewers.set(name, this.#viewer(name));
  }

  /** Inputs of a player go to the zone. */
  say(name: string, inputs = 1): void {
    const open = this.#open.get(name) ?? 0;
    this.#open.set(name, open + inputs);
    if (open > 0) return;
    this.#awaited.set(name, 1);
    this.order.await(this.#viewers.get(name) as Viewer);
  }

  /** A tick answers so many inputs of each of these. */
  round(answered: Readonly<Record<string, number>> = {}): readonly string[] {
    for (const [name, count] of Object.entries(answered)) {
      this.#open.set(name, (this.#open.get(name) ?? 0) - count);
      this.#awaited.set(name, (this.#awaited.get(name) ?? 0) - count);
    }
    this.#shown = [];
    this.order.deliver(this.#viewers.values());
    return this.#shown;
  }

  #viewer(name: string): Viewer {
    const wait = (): Wait => {
      if ((this.#awaited.get(name) ?? 0) > 0) return 'still';
      this.#awaited.set(name, this.#open.get(name) ?? 0);
      return (this.#open.get(name) ?? 0) > 0 ? 'anew' : 'none';
    };
    const deliver = (): void => {
      if (!this.#shown.includes(name)) this.#shown.push(name);
    };
    return { deliver, wait };
  }
}

it('[DO1] shows a tick first to those who wait for an answer, the longest wait first', () => {
  const stand = new Stand(['a', 'b', 'c', 'd']);
  expect(stand.round()).toEqual(['a', 'b', 'c', 'd']);
  stand.say('d');
  stand.say('b');
  expect(stand.round({ d: 1, b: 1 })).toEqual(['d', 'b', 'a', 'c']);
  expect(stand.round()).toEqual(['a', 'b', 'c', 'd']);
});

it('[DO2] keeps the place of who has not been answered, and gives another one to who has said more since', () => {
  const stand = new Stand(['a', 'b', 'c']);
  stand.say('c');
  stand.say('c');
  stand.say('b');
  expect(stand.round({ b: 1 })).toEqual(['c', 'b', 'a']);
  stand.say('b');
  expect(stand.round({ c: 1 })).toEqual(['c', 'b', 'a']);
  expect(stand.round({ c: 1 })).toEqual(['b', 'c', 'a']);
  expect(stand.round({ b: 1 })).toEqual(['b', 'a', 'c']);
  expect(stand.round()).toEqual(['a', 'b', 'c']);
});
