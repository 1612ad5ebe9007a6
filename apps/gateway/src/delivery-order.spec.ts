import { expect, it } from 'vitest';
import { DeliveryOrder, type Viewer } from './delivery-order.ts';

/** Players, and in which order they were shown something in the last round. */
class Stand {
  readonly order = new DeliveryOrder();
  readonly #open = new Map<string, number>();
  readonly #viewers = new Map<string, Viewer>();
  #shown: string[] = [];

  constructor(names: readonly string[]) {
    for (const name of names) this.#viewers.set(name, this.#viewer(name));
  }

  /** Inputs of a player go to the zone. */
  say(name: string, inputs = 1): void {
    const open = this.#open.get(name) ?? 0;
    if (open === 0) this.order.await(this.#viewers.get(name) as Viewer);
    this.#open.set(name, open + inputs);
  }

  /** A tick answers so many inputs of each of these. */
  round(answered: Readonly<Record<string, number>> = {}): readonly string[] {
    for (const [name, count] of Object.entries(answered)) {
      this.#open.set(name, (this.#open.get(name) ?? 0) - count);
    }
    this.#shown = [];
    this.order.deliver(this.#viewers.values());
    return this.#shown;
  }

  #viewer(name: string): Viewer {
    const isOpen = (): boolean => (this.#open.get(name) ?? 0) > 0;
    const deliver = (): void => {
      if (!this.#shown.includes(name)) this.#shown.push(name);
    };
    return {
      deliver,
      get isAwaiting() {
        return isOpen();
      },
    };
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

it('[DO2] keeps the place of who has not been answered, or not wholly', () => {
  const stand = new Stand(['a', 'b', 'c']);
  stand.say('c', 2);
  stand.say('b');
  expect(stand.round({ b: 1 })).toEqual(['c', 'b', 'a']);
  stand.say('b');
  expect(stand.round({ c: 1, b: 1 })).toEqual(['c', 'b', 'a']);
  stand.say('a');
  expect(stand.round({ c: 1, a: 1 })).toEqual(['c', 'a', 'b']);
  expect(stand.round()).toEqual(['a', 'b', 'c']);
});
