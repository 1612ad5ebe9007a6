import { ByteReader, ByteWriter } from '@overworld/kernel';
import type { AnyState } from './dynamic.ts';

const GONE = 'gone/';
const KEPT_SECONDS = 600;
const MOST = 1_024;

interface Departure {
  readonly tick: number;
  readonly entityEpoch: number;
}

/**
 * Who has left the zone lately, and with which entity epoch: a late copy of a join, from before that, would make the
 * player a second time, with coins that he took along. Whoever comes back in earnest brings a character that is at least
 * as new as the one he left with. Kept for ten minutes of zone time and for the last 1,024 players who left; it lies in
 * the state's side table, so that snapshot, hash and replay contain it.
 */
export class Departures {
  readonly #state: AnyState;
  readonly #keptTicks: number;
  readonly #writer = new ByteWriter();
  readonly #reader = new ByteReader();

  constructor(state: AnyState, tickHz: number) {
    this.#state = state;
    this.#keptTicks = KEPT_SECONDS * tickHz;
  }

  /** Remembers a player who left with a character of this epoch. */
  add(player: string, entityEpoch: number): void {
    this.#forgetOld();
    const writer = this.#writer;
    writer.reset();
    writer.u32(this.#state.tick);
    writer.varint(entityEpoch);
    this.#state.side.set(GONE + player, writer.finish());
  }

  /** Whether a join with a character of this epoch is from before the player left. */
  isStale(player: string, entityEpoch: number): boolean {
    const departure = this.#read(GONE + player);
    return departure !== undefined && entityEpoch < departure.entityEpoch;
  }

  #read(key: string): Departure | undefined {
    const stored = this.#state.side.get(key);
    if (stored === undefined) return undefined;
    this.#reader.reset(stored);
    const tick = this.#reader.u32();
    return { tick, entityEpoch: this.#reader.varint() };
  }

  #forgetOld(): void {
    const { side, tick } = this.#state;
    const keys = [...side.keys()].filter((name) => name.startsWith(GONE));
    let [oldest, oldestTick] = ['', Number.POSITIVE_INFINITY];
    for (const key of keys) {
      const leftTick = this.#read(key)?.tick ?? 0;
      if (tick - leftTick > this.#keptTicks) side.delete(key);
      else if (leftTick < oldestTick) [oldest, oldestTick] = [key, leftTick];
    }
    if (keys.length >= MOST && oldest !== '') side.delete(oldest);
  }
}
