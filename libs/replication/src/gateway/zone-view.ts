import { publicMask } from '../wire/component-layout.ts';
import type { Mirror } from './mirror.ts';
import type { MirrorPlayer } from './mirror-players.ts';
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

/** Of an enter and of an update beside their components, for the budget: most netIds take one byte. */
const ENTER_ESTIMATE_BYTES = 11;
const UPDATE_ESTIMATE_BYTES = 2;
const RING_INTERVALS = [1, 2, 4] as const;
/** Of the present look, and what is said by it: looks do not overlap, one is enough for all views. */
const ringTurns = new Uint8Array(RING_INTERVALS.length);

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
  /** Some component asks for a rate of its own. */
  readonly hasRates: boolean;
  readonly #player: string;
  /** As it was found when the mirror's players had this revision. */
  #found: MirrorPlayer | undefined;
  #foundRevision = -1;
  readonly #sight: Sight;
  readonly #phase: number;
  readonly #publicMask: number;
  readonly #maxWait: number;
  /** Nobody's place, and no component's rate, makes a difference. */
  readonly #mayShare: boolean;
  /** The client knew all that everybody may see, and no more, at the last look. */
  #knewAll = false;
  #epoch = -1;
  #lookedRevision = 0;
  #newsAfter = 0;
  /** The centre of the present look. */
  #x = Number.NaN;
  #y = Number.NaN;
  #playerRow = -1;
  #ownRow = -1;
  /** The own row at the last look: another one is news. */
  #lookedOwnRow = -1;
  #lookedPlayerRow = -1;
  /** The view tick of the present look, and of the one before. */
  #viewTick = 0;
  #viewTickBefore = Number.NEGATIVE_INFINITY;

  constructor(source: ViewSource, player: string, phase: number, maxWait: number) {
    const { mirror } = source;
    this.mirror = mirror;
    this.zoneIndex = source.zoneIndex;
    this.originX = source.originX ?? 0;
    this.originY = source.originY ?? 0;
    this.#player = player;
    this.#phase = phase;
    this.#sight = new Sight(mirror, this.set, phase);
    this.#publicMask = publicMask(mirror.wire);
    this.hasRates = mirror.wire.components.some(({ rate }) => rate > 1);
    this.#mayShare = !mirror.places.isBounded && !this.hasRates;
    this.#maxWait = maxWait;
  }

  /** By ring: 1 when what is new there goes out with the present look. */
  get ringTurns(): Uint8Array {
    return ringTurns;
  }

  /** The player's own entity's row here, or -1. */
  get ownRow(): number {
    return this.#ownRow;
  }

  /** The player's row here, or -1. */
  get playerRow(): number {
    return this.#playerRow;
  }

  /** The components that everybody may see. */
  get publicMask(): number {
    return this.#publicMask;
  }

  /** View ticks from the look before to this one. At the first one nothing has waited yet. */
  get passedViews(): number {
    const passed = this.#viewTick - this.#viewTickBefore;
    return Number.isFinite(passed) ? Math.min(passed, 255) : 1;
  }

  /** True when there is something new that the player himself did, or that he needs before anything else. */
  get hasOwnNews(): boolean {
    const { epoch, rows } = this.mirror;
    if (this.needsKeyframe || epoch !== this.#epoch || this.hasNewAck) return true;
    const avatar = this.#playerNow()?.avatar ?? -1;
    const ownRow = rows.isShown(avatar) ? avatar : -1;
    if (ownRow !== this.#lookedOwnRow) return true;
    return ownRow >= 0 && (rows.changed[ownRow] as number) > this.#lookedRevision;
  }

  /** The last sequence of the player that the zone has executed, -1 when the player is not in this zone. */
  get ack(): number {
    return this.#playerNow()?.sequence ?? -1;
  }

  #playerNow(): MirrorPlayer | undefined {
    const { playersRevision } = this.mirror;
    if (playersRevision !== this.#foundRevision) {
      this.#found = this.mirror.players.get(this.#player);
      this.#foundRevision = playersRevision;
    }
    return this.#found;
  }

  /** True when the client does not know yet how far the zone is with its inputs. */
  get hasNewAck(): boolean {
    const { ack } = this;
    return ack >= 0 && ack !== this.ackSent;
  }

  /** False while the mirror has nothing to show. */
  get isMet(): boolean {
    return this.mirror.epoch >= 0;
  }

  /** Finds the player in the mirror. */
  meet(): void {
    const { mirror } = this;
    if (!this.isMet) return;
    if (mirror.epoch !== this.#epoch) this.restart();
    this.#epoch = mirror.epoch;
    const player = this.#playerNow();
    this.#playerRow = player?.row ?? -1;
    const avatar = player?.avatar ?? -1;
    this.#ownRow = mirror.rows.isShown(avatar) ? avatar : -1;
  }

  /** Says everything anew, in place of what the client has. */
  restart(): void {
    this.#sight.reset();
    this.needsKeyframe = true;
    this.#knewAll = false;
    this.ackSent = -1;
    this.lostLeaves.length = 0;
    this.#lookedRevision = 0;
  }

  /** Brings what is in sight up to date. Coordinates in the world of the view. */
  look(worldX: number, worldY: number, viewTick: number): void {
    const x = worldX - this.originX;
    const y = worldY - this.originY;
    this.#viewTickBefore = this.#viewTick > 0 ? this.#viewTick : Number.NEGATIVE_INFINITY;
    this.#viewTick = viewTick;
    for (let ring = 0; ring < RING_INTERVALS.length; ring++) {
      ringTurns[ring] = this.#isTurn(RING_INTERVALS[ring] as number) ? 1 : 0;
    }
    this.#sight.look(x, y, this.#ownRow, viewTick);
    if (this.#ownRow !== this.#lookedOwnRow || this.#playerRow !== this.#lookedPlayerRow) this.set.unsettle();
    this.#lookedOwnRow = this.#ownRow;
    this.#lookedPlayerRow = this.#playerRow;
    this.#knewAll = false;
    this.#x = x;
    this.#y = y;
    this.#newsAfter = this.#lookedRevision;
    this.#lookedRevision = this.mirror.revision;
  }

  /** What came after this revision is new at the present look: `FrameAssembly` notes it as owed, in its one pass over all slots. */
  get newsAfter(): number {
    return this.#newsAfter;
  }

  /**
   * The revision up to which the client knows everything, when all that has come since is news of values that
   * everybody may see: clients with the same one are to be told the same. Otherwise -1.
   */
  get step(): number {
    if (!this.#knewAll || this.needsKeyframe || this.hasNewAck) return -1;
    if (this.#ownRow !== this.#lookedOwnRow || this.#playerRow !== this.#lookedPlayerRow) return -1;
    return this.mirror.rows.unsettledAt <= this.#lookedRevision ? this.#lookedRevision : -1;
  }

  /** In place of a look: the client is told what others of the same step are told. */
  follow(viewTick: number): void {
    this.#viewTickBefore = this.#viewTick;
    this.#viewTick = viewTick;
    this.#lookedRevision = this.mirror.revision;
  }

  /** Behind a look and what was said by it. */
  settle(): void {
    this.#knewAll = this.#mayShare && this.#knowsAll();
  }

  #knowsAll(): boolean {
    const { rows, known, owed, flags, count } = this.set;
    const { held } = this.mirror.rows;
    for (let slot = 0; slot < count; slot++) {
      const knows = known[slot] as number;
      if (knows !== ((held[rows[slot] as number] as number) & this.#publicMask)) return false;
      if (((owed[slot] as number) & knows) !== 0) return false;
      const flag = (flags[slot] as number) & ~SlotFlag.unsettled;
      if (flag !== (this.isOwn(slot) ? SlotFlag.own : 0)) return false;
    }
    return this.lostLeaves.length === 0;
  }

  /**
   * Looks again at a slot whose entity came, went or jumped. False when it has gone from the set: another may have its number
   * now.
   */
  recheck(slot: number): boolean {
    const { set } = this;
    const { count } = set;
    set.flags[slot] = (set.flags[slot] as number) | SlotFlag.unsettled;
    this.#sight.check(slot, this.#x, this.#y, this.#ownRow);
    return set.count === count;
  }

  isOwn(slot: number): boolean {
    return this.set.rows[slot] === this.#ownRow;
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

  /** The components of a known entity that are to be sent with this look. */
  dueMask(slot: number, allowed: number): number {
    const { set } = this;
    const known = set.known[slot] as number;
    const owed = (((set.owed[slot] as number) & known) | (allowed & ~known)) & allowed;
    if (owed === 0) return 0;
    if ((set.waited[slot] as number) >= this.#maxWait) return owed;
    const ring = this.isOwn(slot) ? 0 : (set.rings[slot] as number);
    if (this.hasRates) return this.#dueByRate(owed, RING_INTERVALS[ring] as number);
    return ringTurns[ring] === 1 ? owed : 0;
  }

  /**
   * True when a turn of the interval has come since the look before. Everything of one interval has the same turns, so that
   * it shares frames; other views have theirs on other ticks.
   */
  #isTurn(interval: number): boolean {
    if (interval === 1) return true;
    const turns = Math.floor((this.#viewTick + this.#phase) / interval);
    return turns > Math.floor((this.#viewTickBefore + this.#phase) / interval);
  }

  #dueByRate(owed: number, interval: number): number {
    const { components } = this.mirror.wire;
    let due = 0;
    for (let index = 0; index < components.length; index++) {
      const bit = 1 << index;
      const rate = (components[index] as { rate: number }).rate;
      if ((owed & bit) !== 0 && this.#isTurn(Math.max(interval, rate))) due |= bit;
    }
    return due;
  }

  /** The bytes of some of a slot's components. */
  componentBytes(slot: number, mask: number): number {
    return this.mirror.rows.bytesOf(this.set.rows[slot] as number, mask);
  }

  enterBytes(componentBytes: number): number {
    return ENTER_ESTIMATE_BYTES + this.mirror.wire.maskBytes + componentBytes;
  }

  updateBytes(componentBytes: number): number {
    return UPDATE_ESTIMATE_BYTES + componentBytes;
  }
}
