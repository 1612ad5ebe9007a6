import { FrameWriter, LIMITS } from '@overworld/protocol';
import type { ComponentTable } from './mirror-rows.ts';
import type { SentZone } from './receipts.ts';
import { SlotFlag, type VisibleSet } from './visible-set.ts';
import type { ZoneView } from './zone-view.ts';

/** What one take may cost. */
export interface FrameLimits {
  /** Bytes left in the budget; the own entity and what has waited too long go out all the same. */
  budgetBytes: number;
  readonly maxMessageBytes: number;
  readonly maxFrames: number;
  readonly maxWait: number;
}

const SLOTS = 65_536;
/** Beyond every priority that waiting and nearness can give. */
const AT_ONCE = 2 ** 20;

/** Masks of updates that are told apart in one take. Further ones come with the next run over what is left. */
const MASKS = 16;

/** One writer for all views: a frame is written from begin to finish before the next one begins. */
const writer = new FrameWriter(LIMITS.maxFrameBytes);

/**
 * Chooses what of a zone's news goes out now and writes it as frames. Reused scratch, synchronous: one instance serves
 * every view.
 */
export class FrameAssembly {
  /** Records that are larger than a message may be, and were left out. */
  oversized = 0;
  #zone!: ZoneView;
  #limits!: FrameLimits;
  #emit!: (frame: Uint8Array) => void;
  #sent: SentZone | undefined;
  #isOpen = false;
  #framesLeft = 0;
  /** By slot: what is to be sent of it. Enters carry all that is allowed. */
  #masks = new Uint32Array(0);
  /** By slot: 1 for what the budget lets through and is not written yet. */
  #chosen = new Uint8Array(0);
  /** Slots that have something to say. */
  #wanted = new Uint16Array(0);
  #wantedCount = 0;
  #hasEnters = false;
  #hasUpdates = false;
  /** While the budget is too small for all of it: slots and how urgent they are. */
  #order = new Float64Array(0);
  /** The masks of the updates, each once. */
  readonly #runs = new Uint32Array(MASKS);
  /** Slots whose entity has to be left, to be told anew or for good. */
  #departing = new Uint16Array(0);
  #departingCount = 0;
  #hasGone = false;
  #ownSlot = -1;
  #wantedBytes = 0;

  /** Hands the zone's frames to `emit`, which has to copy what it keeps; `sent` takes down what they say. */
  write(
    zone: ZoneView,
    limits: FrameLimits,
    emit: (frame: Uint8Array) => void,
    sent: SentZone | undefined,
  ): void {
    this.#zone = zone;
    this.#limits = limits;
    this.#emit = emit;
    this.#sent = sent;
    this.#isOpen = false;
    this.#framesLeft = limits.maxFrames;
    this.#reserve(zone.set.count);
    this.#want();
    if (this.#wantedCount > 0) this.#choose();
    if (zone.needsKeyframe || zone.hasNewAck) this.#open();
    this.#writeLeaves();
    if (this.#hasEnters) this.#writeEnters();
    if (this.#hasUpdates) this.#writeUpdates();
    if (this.#isOpen) this.#close();
    if (this.#hasGone) this.#removeGone();
  }

  #reserve(slots: number): void {
    if (slots <= this.#masks.length) return;
    const room = Math.max(slots, this.#masks.length * 2, 64);
    this.#masks = new Uint32Array(room);
    this.#chosen = new Uint8Array(room);
    this.#order = new Float64Array(room);
    this.#wanted = new Uint16Array(room);
    this.#departing = new Uint16Array(room);
  }

  /** Finds what each slot has to say. Most have nothing, and are settled: this is the pass that runs for every client. */
  #want(): void {
    this.#wantedCount = this.#departingCount = this.#wantedBytes = 0;
    this.#hasGone = this.#hasEnters = this.#hasUpdates = false;
    this.#ownSlot = -1;
    const { set, ownRow, playerRow, publicMask, mirror, ringTurns, hasRates, passedViews } = this.#zone;
    const { rows, known, owed, flags, rings, waited, count } = set;
    const { held, owners } = mirror.rows;
    const { maxWait } = this.#limits;
    for (let slot = 0; slot < count; slot++) {
      const flag = flags[slot] as number;
      if (owed[slot] === 0 && (flag & ~SlotFlag.own) === 0) continue;
      if ((flag & SlotFlag.gone) !== 0) {
        this.#departing[this.#departingCount++] = slot;
        this.#hasGone = true;
        continue;
      }
      const row = rows[slot] as number;
      const isOwn = row === ownRow;
      if (isOwn) {
        this.#ownSlot = slot;
        this.#chosen[slot] = 0;
      }
      // Teams are not known here: what is for a team is shown to the owner alone.
      const isOwner = playerRow >= 0 && owners[row] === playerRow;
      const allowed = isOwner ? (held[row] as number) : (held[row] as number) & publicMask;
      if (known[slot] === allowed && (flag & ~SlotFlag.unsettled) === (isOwn ? SlotFlag.own : 0)) {
        flags[slot] = flag & ~SlotFlag.unsettled;
        owed[slot] = (owed[slot] as number) & allowed;
        if (owed[slot] === 0) continue;
        // Nearly always: an update, all of it or nothing. Where components have rates of their own it may be a part.
        if (!hasRates) {
          const hasWaited = waited[slot] as number;
          const isDue = ringTurns[rings[slot] as number] === 1 || hasWaited >= maxWait || isOwn;
          waited[slot] = Math.min(hasWaited + passedViews, 255);
          this.#chosen[slot] = 0;
          if (isDue) this.#wantUpdate(slot, row, owed[slot] as number);
          continue;
        }
      }
      this.#wantSlot(slot, allowed);
    }
  }

  #wantUpdate(slot: number, row: number, mask: number): void {
    this.#masks[slot] = mask;
    this.#hasUpdates = true;
    this.#wantedBytes += this.#zone.updateBytes(this.#zone.mirror.rows.bytesOf(row, mask));
    this.#wanted[this.#wantedCount++] = slot;
  }

  #wantSlot(slot: number, allowed: number): void {
    const zone = this.#zone;
    const { set } = zone;
    const hasToLeave = zone.hasToLeave(slot, allowed);
    if (hasToLeave) this.#departing[this.#departingCount++] = slot;
    const isEnter = hasToLeave || set.known[slot] === 0;
    const mask = isEnter ? allowed : zone.dueMask(slot, allowed);
    this.#masks[slot] = mask;
    this.#chosen[slot] = 0;
    set.waited[slot] = Math.min((set.waited[slot] as number) + zone.passedViews, 255);
    if (mask === 0) return;
    if (isEnter) this.#hasEnters = true;
    else this.#hasUpdates = true;
    const componentBytes = zone.componentBytes(slot, mask);
    this.#wantedBytes += isEnter ? zone.enterBytes(componentBytes) : zone.updateBytes(componentBytes);
    this.#wanted[this.#wantedCount++] = slot;
  }

  /** Grows with waiting and with nearness; the own entity and what has waited too long stand above all others. */
  #priority(slot: number): number {
    const { set } = this.#zone;
    const waited = set.waited[slot] as number;
    const urgency = waited * (set.nearness[slot] as number);
    if (slot === this.#ownSlot) return AT_ONCE * 2;
    return waited >= this.#limits.maxWait ? AT_ONCE + urgency : urgency;
  }

  #choose(): void {
    if (this.#wantedBytes > this.#limits.budgetBytes) {
      this.#chooseMostUrgent();
      return;
    }
    for (let index = 0; index < this.#wantedCount; index++) this.#chosen[this.#wanted[index] as number] = 1;
  }

  #chooseMostUrgent(): void {
    const count = this.#wantedCount;
    for (let index = 0; index < count; index++) {
      const slot = this.#wanted[index] as number;
      this.#order[index] = this.#priority(slot) * SLOTS + slot;
    }
    this.#order.subarray(0, count).sort();
    let left = this.#limits.budgetBytes;
    for (let index = count - 1; index >= 0; index--) {
      const key = this.#order[index] as number;
      const slot = key % SLOTS;
      if (left <= 0 && key < AT_ONCE * SLOTS) break;
      this.#chosen[slot] = 1;
      left -= this.#zone.updateBytes(this.#zone.componentBytes(slot, this.#masks[slot] as number));
    }
  }

  #writeLeaves(): void {
    const { lostLeaves, set } = this.#zone;
    while (lostLeaves.length > 0) {
      if (!this.#leave(lostLeaves[lostLeaves.length - 1] as number)) return;
      lostLeaves.pop();
    }
    for (let index = 0; index < this.#departingCount; index++) {
      const slot = this.#departing[index] as number;
      if (!this.#leavesNow(slot)) continue;
      if (!this.#leave(set.netIds[slot] as number)) return;
      set.known[slot] = 0;
      set.flags[slot] = ((set.flags[slot] as number) & ~SlotFlag.again) | SlotFlag.unsettled;
    }
  }

  /** What is told anew leaves in the message in which it enters; what may not be shown at all leaves in any case. */
  #leavesNow(slot: number): boolean {
    return this.#zone.set.isGone(slot) || this.#masks[slot] === 0 || this.#chosen[slot] === 1;
  }

  #leave(netId: number): boolean {
    if (!this.#open()) return false;
    if (!writer.leave(netId)) {
      this.#close();
      if (!this.#open() || !writer.leave(netId)) return false;
    }
    this.#sent?.leaves.push(netId);
    return true;
  }

  #writeEnters(): void {
    const own = this.#ownSlot;
    if (own >= 0 && this.#isToEnter(own) && !this.#enter(own)) return;
    for (let index = 0; index < this.#wantedCount; index++) {
      const slot = this.#wanted[index] as number;
      if (this.#isToEnter(slot) && !this.#enter(slot)) return;
    }
  }

  #isToEnter(slot: number): boolean {
    return this.#chosen[slot] === 1 && this.#zone.set.known[slot] === 0;
  }

  #enter(slot: number): boolean {
    const zone = this.#zone;
    const { set } = zone;
    const mask = this.#masks[slot] as number;
    const isOwn = zone.isOwn(slot);
    const bytes = zone.componentBytes(slot, mask);
    if (!this.#open()) return false;
    if (!this.#tryEnter(slot, isOwn, mask, bytes)) {
      if (!this.#reopen()) return false;
      if (!this.#tryEnter(slot, isOwn, mask, bytes)) return this.#skipOversized(slot);
    }
    this.#writeComponents(set.rows[slot] as number, zone.mirror.rows.partsOf(mask).tables);
    set.known[slot] = mask;
    set.owed[slot] = 0;
    set.waited[slot] = 0;
    set.flags[slot] = isOwn ? SlotFlag.own : 0;
    this.#chosen[slot] = 0;
    this.#takeDown(set, slot, 0);
    return true;
  }

  #tryEnter(slot: number, isOwn: boolean, mask: number, bytes: number): boolean {
    const { idLo, idHi } = this.#zone.mirror.rows;
    const { rows, netIds } = this.#zone.set;
    const row = rows[slot] as number;
    return writer.enter(netIds[slot] as number, idLo[row] as number, idHi[row] as number, isOwn, mask, bytes);
  }

  /** It cannot be sent to this client at all: leave it out, so that it does not hold up the others. */
  #skipOversized(slot: number): boolean {
    this.oversized++;
    this.#chosen[slot] = 0;
    return true;
  }

  /** Grouped by mask, so that a frame carries each mask once; the own entity goes first. */
  #writeUpdates(): void {
    const own = this.#wantedBytes > this.#limits.maxMessageBytes ? this.#ownSlot : -1;
    if (own >= 0 && this.#isToUpdate(own) && !this.#update(own, this.#masks[own] as number, true)) return;
    for (let isMore = true; isMore; ) {
      const runs = this.#findRuns();
      for (let run = 0; run < runs; run++) {
        if (!this.#writeRun(this.#runs[run] as number)) return;
      }
      isMore = runs === MASKS;
    }
  }

  /** The different masks of what is chosen and not yet written, as many as fit. There are few: a look for each is a sort saved. */
  #findRuns(): number {
    let runs = 0;
    for (let index = 0; index < this.#wantedCount && runs < MASKS; index++) {
      const slot = this.#wanted[index] as number;
      if (!this.#isToUpdate(slot)) continue;
      const mask = this.#masks[slot] as number;
      let run = 0;
      while (run < runs && this.#runs[run] !== mask) run++;
      if (run === runs) this.#runs[runs++] = mask;
    }
    return runs;
  }

  #isToUpdate(slot: number): boolean {
    return this.#chosen[slot] === 1 && this.#zone.set.known[slot] !== 0;
  }

  #writeRun(mask: number): boolean {
    let isNewRun = true;
    const count = this.#wantedCount;
    const wanted = this.#wanted;
    const masks = this.#masks;
    const chosen = this.#chosen;
    const { known } = this.#zone.set;
    for (let index = 0; index < count; index++) {
      const slot = wanted[index] as number;
      if (masks[slot] !== mask || chosen[slot] !== 1 || known[slot] === 0) continue;
      if (!this.#update(slot, mask, isNewRun)) return false;
      isNewRun = false;
    }
    return true;
  }

  #update(slot: number, mask: number, isNewRun: boolean): boolean {
    const { set, mirror } = this.#zone;
    const { rows } = mirror;
    const netId = set.netIds[slot] as number;
    const row = set.rows[slot] as number;
    const parts = rows.partsOf(mask);
    const bytes = rows.partBytes(row, parts);
    const wasOpen = this.#isOpen;
    if (!this.#open()) return false;
    if (isNewRun || !wasOpen) writer.run(mask);
    if (!writer.record(netId, bytes)) {
      if (!this.#reopen()) return false;
      writer.run(mask);
      if (!writer.record(netId, bytes)) return this.#skipOversized(slot);
    }
    this.#writeComponents(row, parts.tables);
    set.known[slot] = (set.known[slot] as number) | mask;
    set.owed[slot] = (set.owed[slot] as number) & ~mask;
    set.waited[slot] = 0;
    this.#chosen[slot] = 0;
    this.#takeDown(set, slot, mask);
    return true;
  }

  #writeComponents(row: number, tables: readonly ComponentTable[]): void {
    for (let index = 0; index < tables.length; index++) {
      const table = tables[index] as ComponentTable;
      writer.component(table.bytes, table.offset(row), table.lengthBytes(row));
    }
  }

  #takeDown(set: VisibleSet, slot: number, mask: number): void {
    this.#sent?.records.push({
      row: set.rows[slot] as number,
      generation: set.generations[slot] as number,
      mask,
    });
  }

  /** Begins a frame unless one is open. False when this take has written as many as it may. */
  #open(): boolean {
    if (this.#isOpen) return true;
    if (this.#framesLeft === 0) return false;
    const zone = this.#zone;
    const { mirror } = zone;
    const ack = zone.hasNewAck ? zone.ack : -1;
    writer.begin({
      zoneIndex: zone.zoneIndex,
      epoch: mirror.epoch,
      tick: mirror.tick,
      ack,
      keyframe: zone.needsKeyframe,
      maskBytes: mirror.wire.maskBytes,
      maxBytes: this.#limits.maxMessageBytes,
    });
    zone.ackSent = zone.ack;
    zone.needsKeyframe = false;
    this.#framesLeft--;
    this.#isOpen = true;
    return true;
  }

  #reopen(): boolean {
    this.#close();
    return this.#open();
  }

  #close(): void {
    this.#emit(writer.finishBorrowed());
    this.#isOpen = false;
  }

  /** Drops the slots whose leave was said. */
  #removeGone(): void {
    const { set } = this.#zone;
    for (let slot = set.count - 1; slot >= 0; slot--) {
      if (set.isGone(slot) && set.known[slot] === 0) set.removeAt(slot);
    }
  }
}
