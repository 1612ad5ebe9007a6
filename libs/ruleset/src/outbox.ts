import type { AnyState } from './dynamic.ts';
import { assert, ByteReader, ByteWriter, hex64, parseHex64 } from '@overworld/kernel';
import { RECORD_EFFECTS, RECORD_HANDOFFS } from './compile.ts';
import type { HandoffResult, PendingEffect, PendingHandoff } from './operation.ts';

const EFFECTS = 'fx/';
const OUT = 'out/';
const IN = 'in/';
const DONE_BELOW = 'done-below/';
const DIGITS = 8;

const key = (prefix: string, number: number): string =>
  `${prefix}${number.toString(16).padStart(DIGITS, '0')}`;
const numberOf = (name: string): number => Number.parseInt(name.slice(-DIGITS), 16);

/**
 * What has to reach the outside exactly once and was not confirmed yet, and what came in from other zones and must not
 * come in again. It lies in the state's side table, so that snapshot, hash and replay contain it.
 */
export class Outbox {
  readonly #state: AnyState;
  readonly #writer = new ByteWriter();
  readonly #reader = new ByteReader();

  /** What the side table holds, decoded once and then kept in step: it is asked for after every step. */
  #effects: PendingEffect[];

  constructor(state: AnyState) {
    this.#state = state;
    this.#effects = this.#keys(EFFECTS).map((name) => this.#readEffect(name));
  }

  #keys(prefix: string): string[] {
    return [...this.#state.side.keys()].filter((name) => name.startsWith(prefix));
  }

  addEffect(kind: number, player: string, tick: number, bytes: Uint8Array): PendingEffect {
    const sequence = ++this.#state.record[RECORD_EFFECTS];
    const id = parseHex64(player) ?? { lo: 0, hi: 0 };
    const writer = this.#writer;
    writer.reset();
    writer.u8(kind);
    writer.u8(player === '' ? 0 : 1);
    writer.u32(id.lo);
    writer.u32(id.hi);
    writer.u32(tick);
    writer.bytes(bytes);
    const isStored = this.#state.side.set(key(EFFECTS, sequence), writer.finish());
    assert(isStored, 'the outbox is full: the effects of this zone are not being applied');
    const effect = { sequence, kind, player, tick, bytes };
    this.#effects.push(effect);
    return effect;
  }

  settleEffects(upTo: number): void {
    const isSettled = (effect: PendingEffect): boolean => effect.sequence <= upTo;
    for (const effect of this.#effects)
      if (isSettled(effect)) this.#state.side.delete(key(EFFECTS, effect.sequence));
    this.#effects = this.#effects.filter((effect) => !isSettled(effect));
  }

  /** In the order in which they were asked for. Borrowed: valid until the next step. */
  get effects(): readonly PendingEffect[] {
    return this.#effects;
  }

  #readEffect(name: string): PendingEffect {
    const reader = this.#reader;
    const stored = this.#state.side.get(name) as Uint8Array;
    reader.reset(stored);
    const kind = reader.u8();
    const hasPlayer = reader.u8() === 1;
    const id = hex64(reader.u32(), reader.u32());
    const tick = reader.u32();
    const bytes = stored.slice(reader.offset);
    return { sequence: numberOf(name), kind, player: hasPlayer ? id : '', tick, bytes };
  }

  addHandoff(toZone: string, player: string, bytes: Uint8Array): PendingHandoff {
    const handoff = ++this.#state.record[RECORD_HANDOFFS];
    const writer = this.#writer;
    writer.reset();
    writer.text(toZone);
    writer.text(player);
    writer.bytes(bytes);
    this.#state.side.set(key(OUT, handoff), writer.finish());
    return { handoff, toZone, player, bytes };
  }

  handoff(number: number): PendingHandoff | undefined {
    const stored = this.#state.side.get(key(OUT, number));
    if (stored === undefined) return undefined;
    const reader = this.#reader;
    reader.reset(stored);
    const toZone = reader.text(64);
    const player = reader.text(16);
    return { handoff: number, toZone, player, bytes: stored.slice(reader.offset) };
  }

  handoffs(): PendingHandoff[] {
    const pending: PendingHandoff[] = [];
    for (const name of this.#keys(OUT)) pending.push(this.handoff(numberOf(name)) as PendingHandoff);
    return pending;
  }

  removeHandoff(number: number): void {
    this.#state.side.delete(key(OUT, number));
  }

  /** The lowest handoff that is not done with; one past the last when none is pending. */
  lowWater(): number {
    const first = this.#keys(OUT)[0];
    return first === undefined ? this.#state.record[RECORD_HANDOFFS] + 1 : numberOf(first);
  }

  /** The outcome of a handoff that came in before. */
  applied(from: string, handoff: number): HandoffResult | undefined {
    const stored = this.#state.side.get(key(`${IN}${from}/`, handoff));
    if (stored === undefined) return undefined;
    const reader = this.#reader;
    reader.reset(stored);
    const accepted = reader.u8() === 1;
    return { from, handoff, accepted, reason: reader.text(200) };
  }

  markApplied(result: HandoffResult): void {
    const writer = this.#writer;
    writer.reset();
    writer.u8(result.accepted ? 1 : 0);
    writer.text(result.reason);
    this.#state.side.set(key(`${IN}${result.from}/`, result.handoff), writer.finish());
  }

  /** All handoffs of `from` below this one are done with: one that comes all the same is a late copy. */
  doneBelow(from: string): number {
    const stored = this.#state.side.get(DONE_BELOW + from);
    if (stored === undefined) return 0;
    this.#reader.reset(stored);
    return this.#reader.u32();
  }

  /** Their outcomes are forgotten, but not that they are done with: a copy may be under way for any time. */
  forgetApplied(from: string, below: number): void {
    if (below <= this.doneBelow(from)) return;
    const writer = this.#writer;
    writer.reset();
    writer.u32(below);
    this.#state.side.set(DONE_BELOW + from, writer.finish());
    for (const name of this.#keys(`${IN}${from}/`)) {
      if (numberOf(name) < below) this.#state.side.delete(name);
    }
  }

  /** Whether this player is on the way to another zone. */
  isCrossing(player: string): boolean {
    return this.handoffs().some((pending) => pending.player === player);
  }
}
