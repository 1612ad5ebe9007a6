import type { AnyRuleset } from '@overworld/ruleset';
import type { EventPlaces } from './event-outbox.ts';
import type { Columns } from './field-shadow.ts';
import type { PlayerShadow } from './player-shadow.ts';

interface PlacedState {
  readonly columns: { readonly [component: string]: Columns };
  readonly masks: Uint32Array;
  bit(component: string): number;
}

/** Who hears an event, found in the state at the end of the step that emitted it. */
export class InterestPlaces implements EventPlaces {
  readonly #state: PlacedState;
  readonly #players: PlayerShadow;
  readonly #position: readonly [component: string, x: string, y: string] | undefined;
  readonly #bit: number;
  #xs: ArrayLike<number> = [];
  #ys: ArrayLike<number> = [];
  #lastX = new Float64Array(0);
  #lastY = new Float64Array(0);
  x = 0;
  y = 0;

  constructor(ruleset: AnyRuleset, state: PlacedState, players: PlayerShadow) {
    const { interest } = ruleset.definition;
    this.#state = state;
    this.#players = players;
    this.#position = 'position' in interest ? interest.position : undefined;
    this.#bit = this.#position === undefined ? 0 : state.bit(this.#position[0]);
  }

  /** Makes room for so many rows and takes up the columns' present arrays. */
  bind(rows: number): void {
    if (this.#position === undefined) return;
    const columns = this.#state.columns[this.#position[0]] as Columns;
    this.#xs = columns[this.#position[1]] as ArrayLike<number>;
    this.#ys = columns[this.#position[2]] as ArrayLike<number>;
    if (rows <= this.#lastX.length) return;
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
    if (this.#position === undefined || (mask & this.#bit) === 0) return 'everywhere';
    const columns = this.#state.columns[this.#position[0]] as Columns;
    this.x = (columns[this.#position[1]] as ArrayLike<number>)[row] as number;
    this.y = (columns[this.#position[2]] as ArrayLike<number>)[row] as number;
    return 'here';
  }

  #lastPlace(row: number): 'here' | 'unknown' {
    this.x = this.#lastX[row] ?? Number.NaN;
    this.y = this.#lastY[row] ?? Number.NaN;
    return Number.isNaN(this.x) ? 'unknown' : 'here';
  }
}
