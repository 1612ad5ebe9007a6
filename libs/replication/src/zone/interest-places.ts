import type { AnyRuleset } from '@overworld/ruleset';
import type { EventPlaces } from './event-outbox.ts';
import type { Columns } from './field-shadow.ts';
import type { PlayerShadow } from './player-shadow.ts';

interface PlacedState {
  readonly columns: { readonly [component: string]: Columns };
  readonly masks: Uint32Array;
  bit(component: string): number;
}

/** The columns that say where entities are, and their component's bit: 0 when everybody sees everything. */
function placesOf(ruleset: AnyRuleset, state: PlacedState) {
  const { interest } = ruleset.definition;
  if (!('position' in interest)) return { bit: 0, xs: [], ys: [] };
  const [component, x, y] = interest.position;
  const columns = state.columns[component] as Columns;
  return {
    bit: state.bit(component),
    xs: columns[x] as ArrayLike<number>,
    ys: columns[y] as ArrayLike<number>,
  };
}

/** Who hears an event, found in the state at the end of the step that emitted it. */
export class InterestPlaces implements EventPlaces {
  readonly #state: PlacedState;
  readonly #players: PlayerShadow;
  readonly #bit: number;
  readonly #xs: ArrayLike<number>;
  readonly #ys: ArrayLike<number>;
  #lastX = new Float64Array(0);
  #lastY = new Float64Array(0);
  x = 0;
  y = 0;

  constructor(ruleset: AnyRuleset, state: PlacedState, players: PlayerShadow) {
    this.#state = state;
    this.#players = players;
    const { bit, xs, ys } = placesOf(ruleset, state);
    this.#bit = bit;
    this.#xs = xs;
    this.#ys = ys;
  }

  /** Makes room for so many rows. */
  grow(rows: number): void {
    if (this.#bit === 0 || rows <= this.#lastX.length) return;
    const [x, y] = [new Float64Array(rows).fill(Number.NaN), new Float64Array(rows).fill(Number.NaN)];
    x.set(this.#lastX);
    y.set(this.#lastY);
    this.#lastX = x;
    this.#lastY = y;
  }

  /** Remembers where a row is, for an event near an entity that is gone by the end of its step. */
  note(row: number, stateMask: number): void {
    if (this.#bit === 0) return;
    const isPlaced = (stateMask & this.#bit) !== 0;
    this.#lastX[row] = isPlaced ? (this.#xs[row] as number) : Number.NaN;
    this.#lastY[row] = isPlaced ? (this.#ys[row] as number) : Number.NaN;
  }

  playerOf(row: number): string {
    return this.#players.idOf(row);
  }

  place(row: number): 'here' | 'everywhere' | 'unknown' {
    const mask = this.#state.masks[row] ?? 0;
    if (mask === 0) return this.#lastPlace(row);
    if ((mask & this.#bit) === 0) return 'everywhere';
    this.x = this.#xs[row] as number;
    this.y = this.#ys[row] as number;
    return 'here';
  }

  #lastPlace(row: number): 'here' | 'unknown' {
    this.x = this.#lastX[row] ?? Number.NaN;
    this.y = this.#lastY[row] ?? Number.NaN;
    return Number.isNaN(this.x) ? 'unknown' : 'here';
  }
}
