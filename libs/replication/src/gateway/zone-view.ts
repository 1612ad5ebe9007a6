import { publicMask } from '../wire/component-layout.ts';
import type { Mirror } from './mirror.ts';
import type { ComponentTable } from './mirror-rows.ts';
import { Sight } from './sight.ts';
import { SlotFlag, VisibleSet } from './visible-set.ts';

/** A mirror as a view sees it. */
export interface ViewSource {
  readonly mirror: Mirror;
  /** The number under which the client knows the zone, 0 to 255. */
  readonly zoneIndex: number;
  /** Where this zone's origin lies in the world that the view's zones share; default 0, 0. */
  readonly originX?: number;
  readonly originY?: number;
}

/** Bytes of an enter and of an update beside their components. */
const ENTER_BYTES = 11;
const UPDATE_BYTES = 2;
const RING_INTERVALS = [1, 2, 4] as const;

/** What has to be said to one client about one zone. It knows what, `FrameAssembly` decides how much of it and when. */
export class ZoneView {
  readonly mirror: Mirror;
  readonly zoneIndex: number;
  readonly originX: number;
  readonly originY: number;
  readonly set = new VisibleSet();
  /** The client has to forget what it had of this zone. */
  needsKeyframe = true;
  /** The sequence that the client was told last. */
  ackSent = -1;
  /** Net ids that are to be left although no slot holds them: their leave was lost. */
  readonly lostLeaves: number[] = [];
  readonly #player: string;
  readonly #sight: Sight;
  readonly #publicMask: number;
  readonly #hasRates: boolean;
  readonly #maxWait: number;
  #epoch = -1;
  #lookedRevision = 0;
  #playerRow = -1;
  #ownRow = -1;

  constructor(source: ViewSource, player: string, phase: number, maxWait: number) {
    const { mirror } = source;
    this.mirror = mirror;
    this.zoneIndex = source.zoneIndex;
    this.originX = source.originX ?? 0;
    this.originY = source.originY ?? 0;
    this.#player = player;
    this.#sight = new Sight(mirror, this.set, phase);
    this.#publicMask = publicMask(mirror.wire);
    this.#hasRates = mirror.wire.components.some(({ rate }) => rate > 1);
    this.#maxWait = maxWait;
  }

  /** The player's own entity's row here, or -1. */
  get ownRow(): number {
    return this.#ownRow;
  }

  /** The last sequence of the player that the zone has executed, -1 when the player is not in this zone. */
  get ack(): number {
    return this.mirror.players.get(this.#player)?.sequence ?? -1;
  }

  /** True when the client does not know yet how far the zone is with its inputs. */
  get hasNewAck(): boolean {
    const { ack } = this;
    return ack >= 0 && ack !== this.ackSent;
  }

  /** Finds the player in the mirror. False while the mirror has nothing to show. */
  meet(): boolean {
    const { mirror } = this;
    if (mirror.epoch < 0) return false;
    if (mirror.epoch !== this.#epoch) this.restart();
    this.#epoch = mirror.epoch;
    const player = mirror.players.get(this.#player);
    this.#playerRow = player?.row ?? -1;
    const avatar = player?.avatar ?? -1;
    this.#ownRow = mirror.rows.isShown(avatar) ? avatar : -1;
    return true;
  }

  /** Says everything anew, in place of what the client has. */
  restart(): void {
    this.#sight.reset();
    this.needsKeyframe = true;
    this.ackSent = -1;
    this.lostLeaves.length = 0;
    this.#lookedRevision = 0;
  }

  /** Brings what is in sight and what is owed up to date. Coordinates in the world of the view. */
  look(worldX: number, worldY: number, viewTick: number): void {
    const [x, y] = [worldX - this.originX, worldY - this.originY];
    this.#sight.look(x, y, this.#ownRow, viewTick);
    const { set } = this;
    const { changed } = this.mirror.rows;
    const { revision } = this.mirror;
    if (revision === this.#lookedRevision) return;
    // Downwards, because dismissing a slot moves the last one into its place.
    for (let slot = set.count - 1; slot >= 0; slot--) {
      const row = set.rows[slot] as number;
      if ((changed[row] as number) <= this.#lookedRevision) continue;
      this.#owe(slot, row);
      this.#sight.check(slot, x, y, this.#ownRow);
    }
    this.#lookedRevision = revision;
  }

  #owe(slot: number, row: number): void {
    const { components, held } = this.mirror.rows;
    const mask = held[row] as number;
    let owed = this.set.owed[slot] as number;
    for (let index = 0; index < components.length; index++) {
      const isHeld = (mask & (1 << index)) !== 0;
      const table = components[index] as ComponentTable;
      if (isHeld && (table.changed[row] as number) > this.#lookedRevision) owed |= 1 << index;
    }
    this.set.owed[slot] = owed;
  }

  isOwn(slot: number): boolean {
    return this.set.rows[slot] === this.#ownRow;
  }

  /** What the client may know of a slot's entity now. */
  allowedMask(slot: number): number {
    const row = this.set.rows[slot] as number;
    const { held, owners } = this.mirror.rows;
    const mask = held[row] as number;
    // Teams are not known here: what is for a team is shown to the owner alone.
    const isOwner = this.#playerRow >= 0 && owners[row] === this.#playerRow;
    return isOwner ? mask : mask & this.#publicMask;
  }

  /** True when the client has to forget the entity, be it to learn of it anew: it shows less, or became its own. */
  hasToLeave(slot: number, allowed: number): boolean {
    const { set } = this;
    const known = set.known[slot] as number;
    if (known === 0) return false;
    const flags = set.flags[slot] as number;
    if ((flags & SlotFlag.again) !== 0 || (known & ~allowed) !== 0) return true;
    return ((flags & SlotFlag.own) !== 0) !== this.isOwn(slot);
  }

  /** The components of a known entity that are to be sent on this view tick. */
  dueMask(slot: number, allowed: number, viewTick: number): number {
    const { set } = this;
    const known = set.known[slot] as number;
    const owed = (((set.owed[slot] as number) & known) | (allowed & ~known)) & allowed;
    if (owed === 0) return 0;
    if ((set.waited[slot] as number) >= this.#maxWait) return owed;
    const turn = viewTick + (set.rows[slot] as number);
    const interval = this.isOwn(slot) ? 1 : (RING_INTERVALS[set.rings[slot] as number] ?? 1);
    if (this.#hasRates) return this.#dueByRate(owed, turn, interval);
    return turn % interval === 0 ? owed : 0;
  }

  #dueByRate(owed: number, turn: number, interval: number): number {
    const { components } = this.mirror.wire;
    let due = 0;
    for (let index = 0; index < components.length; index++) {
      const bit = 1 << index;
      const rate = (components[index] as { rate: number }).rate;
      if ((owed & bit) !== 0 && turn % Math.max(interval, rate) === 0) due |= bit;
    }
    return due;
  }

  /** True when the client has everything that it may have of a slot's entity. */
  isSettled(slot: number, allowed: number): boolean {
    const { set } = this;
    if (set.known[slot] !== allowed || ((set.owed[slot] as number) & allowed) !== 0) return false;
    return set.flags[slot] === (this.isOwn(slot) ? SlotFlag.own : 0);
  }

  /** The bytes of some of a slot's components. */
  componentBytes(slot: number, mask: number): number {
    const row = this.set.rows[slot] as number;
    const { components } = this.mirror.rows;
    let total = 0;
    for (let index = 0; index < components.length; index++) {
      if ((mask & (1 << index)) !== 0) total += (components[index] as ComponentTable).lengthBytes(row);
    }
    return total;
  }

  enterBytes(componentBytes: number): number {
    return ENTER_BYTES + this.mirror.wire.maskBytes + componentBytes;
  }

  updateBytes(componentBytes: number): number {
    return UPDATE_BYTES + componentBytes;
  }
}
