import { FrameWriter, LIMITS, type RecordBatch } from '@overworld/protocol';
import { type ComponentTable, type MaskParts, UNSETTLED } from './mirror-rows.ts';
import { Ranking } from './ranking.ts';
import type { SentZone } from './receipts.ts';
import { OVERFLOW, UpdateRuns } from './update-runs.ts';
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

/** Who is handed frames. Each holds until `frame` returns; one that comes again as the same object says the same. */
export interface FrameTaker {
  frame(bytes: Uint8Array): void;
}

/** In `#chosen`: an enter that nobody has chosen yet. */
const ENTERS = 2;

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
  #taker!: FrameTaker;
  #sent: SentZone | undefined;
  #isOpen = false;
  #framesLeft = 0;
  /** By slot: what is to be sent of it. Enters carry all that is allowed. */
  #masks = new Uint32Array(0);
  /** By slot: 1 for an enter that the budget lets through and that is not written yet. */
  #chosen = new Uint8Array(0);
  /** Slots that are to enter. */
  #entering = new Uint16Array(0);
  #enteringCount = 0;
  /** Slots of which there is an update to be sent. */
  #updating = new Uint16Array(0);
  #updateCount = 0;
  /** The same by what they carry. */
  readonly #updates = new UpdateRuns();
  /** Given to the writer, which keeps nothing of it. */
  readonly #batch = noRecords();
  /** While the budget is too small for all of it. */
  readonly #ranking = new Ranking();
  /** Slots whose entity has to be left, to be told anew or for good. */
  #departing = new Uint16Array(0);
  #departingCount = 0;
  #hasGone = false;
  #ownSlot = -1;
  #enterBytes = 0;
  #wantedBytes = 0;

  /**
   * Hands the zone's frames to `taker`, which has to copy what it keeps; `sent` takes down what they say. Comes behind the
   * zone's `look`.
   */
  write(zone: ZoneView, limits: FrameLimits, taker: FrameTaker, sent: SentZone | undefined): void {
    this.#zone = zone;
    this.#limits = limits;
    this.#taker = taker;
    this.#sent = sent;
    this.#isOpen = false;
    this.#framesLeft = limits.maxFrames;
    this.#reserve(zone.set.count);
    this.#want();
    if (this.#enteringCount + this.#updateCount > 0) this.#choose();
    if (zone.needsKeyframe || zone.hasNewAck) this.#open();
    this.#writeLeaves();
    if (this.#enteringCount > 0) this.#writeEnters();
    if (this.#updateCount > 0) this.#writeUpdates();
    if (this.#isOpen) this.#close();
    if (this.#hasGone) this.#removeGone();
  }

  #reserve(slots: number): void {
    this.#updates.clear(slots);
    if (slots <= this.#masks.length) return;
    const room = Math.max(slots, this.#masks.length * 2, 64);
    this.#masks = new Uint32Array(room);
    this.#chosen = new Uint8Array(room);
    this.#entering = new Uint16Array(room);
    this.#updating = new Uint16Array(room);
    this.#departing = new Uint16Array(room);
  }

  /**
   * Finds what is new of each slot, and what there is to say of it. This is the pass that runs over all that is in sight, for
   * every client: what is not new and owes nothing costs three comparisons.
   */
  #want(): void {
    this.#enteringCount = this.#updateCount = this.#departingCount = this.#enterBytes = 0;
    this.#hasGone = false;
    this.#ownSlot = -1;
    const zone = this.#zone;
    const { set, ownRow, playerRow, publicMask, mirror, ringTurns, hasRates, passedViews, newsAfter } = zone;
    const { rows, known, owed, flags, rings, waited } = set;
    const { held, owners } = mirror.rows;
    const news = mirror.rows.newsAfter(newsAfter, mirror.revision);
    const { maxWait } = this.#limits;
    const masks = this.#masks;
    const chosen = this.#chosen;
    const updating = this.#updating;
    for (let slot = 0; slot < set.count; slot++) {
      const row = rows[slot] as number;
      const fresh = news[row] as number;
      if (fresh !== 0) {
        owed[slot] = (owed[slot] as number) | (fresh & ~UNSETTLED);
        if (fresh >= UNSETTLED && !zone.recheck(slot)) {
          // The last one is in its place.
          slot--;
          continue;
        }
      }
      const flag = flags[slot] as number;
      if (owed[slot] === 0 && (flag & ~SlotFlag.own) === 0) continue;
      if ((flag & SlotFlag.gone) !== 0) {
        this.#departing[this.#departingCount++] = slot;
        this.#hasGone = true;
        continue;
      }
      const isOwn = row === ownRow;
      if (isOwn) {
        this.#ownSlot = slot;
        masks[slot] = chosen[slot] = 0;
      }
      // Teams are not known here: what is for a team is shown to the owner alone.
      const isOwner = playerRow >= 0 && owners[row] === playerRow;
      const allowed = isOwner ? (held[row] as number) : (held[row] as number) & publicMask;
      if (known[slot] === allowed && (flag & ~SlotFlag.unsettled) === (isOwn ? SlotFlag.own : 0)) {
        flags[slot] = flag & ~SlotFlag.unsettled;
        const mask = (owed[slot] as number) & allowed;
        owed[slot] = mask;
        if (mask === 0) continue;
        // Nearly always: an update, all of it or nothing. Where components have rates of their own it may be a part.
        if (!hasRates) {
          const hasWaited = waited[slot] as number;
          const isDue = ringTurns[rings[slot] as number] === 1 || hasWaited >= maxWait || isOwn;
          waited[slot] = Math.min(hasWaited + passedViews, 255);
          if (!isDue) continue;
          masks[slot] = mask;
          chosen[slot] = 0;
          updating[this.#updateCount++] = slot;
          continue;
        }
      }
      this.#wantSlot(slot, allowed);
    }
    this.#groupUpdates();
  }

  #groupUpdates(): void {
    if (this.#updateCount === 0) return;
    const { set, mirror } = this.#zone;
    this.#updates.group(
      this.#updating,
      this.#updateCount,
      { rows: set.rows, masks: this.#masks },
      mirror.rows,
    );
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
    if (!isEnter) {
      this.#updating[this.#updateCount++] = slot;
      return;
    }
    this.#enterBytes += zone.enterBytes(zone.componentBytes(slot, mask));
    this.#entering[this.#enteringCount++] = slot;
  }

  #choose(): void {
    const { componentBytes } = this.#updates;
    this.#wantedBytes = this.#enterBytes + componentBytes + this.#updateCount * this.#zone.updateBytes(0);
    if (this.#wantedBytes > this.#limits.budgetBytes) {
      this.#chooseMostUrgent();
      return;
    }
    for (let index = 0; index < this.#enteringCount; index++) {
      this.#chosen[this.#entering[index] as number] = 1;
    }
  }

  #chooseMostUrgent(): void {
    this.#rank();
    const zone = this.#zone;
    this.#updateCount = 0;
    let left = this.#limits.budgetBytes;
    for (let index = this.#ranking.count - 1; index >= 0; index--) {
      if (left <= 0 && this.#ranking.canWait(index)) break;
      const slot = this.#ranking.slot(index);
      const mask = this.#masks[slot] as number;
      left -= zone.updateBytes(zone.componentBytes(slot, mask));
      if (this.#chosen[slot] === ENTERS) this.#chosen[slot] = 1;
      else this.#updating[this.#updateCount++] = slot;
    }
    this.#updates.clear(zone.set.count);
    this.#groupUpdates();
  }

  /** All that is wanted. */
  #rank(): void {
    this.#ranking.clear(this.#zone.set.count);
    for (let index = 0; index < this.#enteringCount; index++) {
      const slot = this.#entering[index] as number;
      this.#chosen[slot] = ENTERS;
      this.#rankSlot(slot);
    }
    for (let index = 0; index < this.#updateCount; index++) this.#rankSlot(this.#updating[index] as number);
    this.#ranking.sort();
  }

  /** Grows with waiting and with nearness; the own entity and what has waited too long stand above all others. */
  #rankSlot(slot: number): void {
    const { waited, nearness } = this.#zone.set;
    const hasWaited = waited[slot] as number;
    const atOnce = slot === this.#ownSlot ? 2 : hasWaited >= this.#limits.maxWait ? 1 : 0;
    this.#ranking.add(slot, hasWaited * (nearness[slot] as number), atOnce);
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
    for (let index = 0; index < this.#enteringCount; index++) {
      const slot = this.#entering[index] as number;
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
    this.#chosen[slot] = this.#masks[slot] = 0;
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
    this.#chosen[slot] = this.#masks[slot] = 0;
    return true;
  }

  /** Grouped by mask, so that a frame carries each mask once; the own entity goes first when there may be several frames. */
  #writeUpdates(): void {
    const updates = this.#updates;
    const isOne = this.#wantedBytes <= this.#limits.maxMessageBytes && this.#sent === undefined;
    if (!isOne && !this.#updateOwn()) return;
    for (;;) {
      for (let run = 0; run < updates.count; run++) {
        if (!(isOne && this.#writeSolid(run)) && !this.#writeRun(run)) return;
      }
      if (updates.overflowLength === 0) return;
      this.#addAgain(updates.slots(OVERFLOW).slice(0, updates.overflowLength));
    }
  }

  /** More masks than there are runs. */
  #addAgain(slots: Uint16Array): void {
    this.#updates.clear(this.#zone.set.count);
    this.#updateCount = 0;
    for (const slot of slots) {
      // The own one may have been sent already.
      if (this.#masks[slot] !== 0) this.#updating[this.#updateCount++] = slot;
    }
    this.#groupUpdates();
  }

  #updateOwn(): boolean {
    const own = this.#ownSlot;
    if (own < 0 || this.#zone.set.known[own] === 0) return true;
    const mask = this.#masks[own] as number;
    return mask === 0 || this.#update(own, mask, true);
  }

  /** A run whose records lie ready in the mirror. False: something has to be done by record. */
  #writeSolid(run: number): boolean {
    const updates = this.#updates;
    const { solidAt, fixedBytes } = updates.parts[run] as MaskParts;
    if (solidAt < 0 || !this.#open()) return false;
    const { set, mirror } = this.#zone;
    const mask = updates.masks[run] as number;
    const count = updates.length(run);
    const slots = updates.slots(run);
    const { netIds, rows, known, owed, waited } = set;
    const { bytes: source, stride } = mirror.rows;
    const batch = this.#batch;
    batch.mask = mask;
    batch.count = count;
    batch.slots = slots;
    batch.netIds = netIds;
    batch.rows = rows;
    batch.source = source;
    batch.stride = stride;
    batch.at = solidAt;
    batch.lengthBytes = fixedBytes;
    if (!writer.records(batch)) return false;
    for (let index = 0; index < count; index++) {
      const slot = slots[index] as number;
      known[slot] = (known[slot] as number) | mask;
      owed[slot] = (owed[slot] as number) & ~mask;
      waited[slot] = 0;
    }
    return true;
  }

  #writeRun(run: number): boolean {
    const updates = this.#updates;
    const mask = updates.masks[run] as number;
    const slots = updates.slots(run);
    const count = updates.length(run);
    let isNewRun = true;
    for (let index = 0; index < count; index++) {
      const slot = slots[index] as number;
      if (this.#masks[slot] !== mask) continue;
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
    this.#masks[slot] = 0;
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
    this.#taker.frame(writer.finishBorrowed());
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

function noRecords(): { -readonly [K in keyof RecordBatch]: RecordBatch[K] } {
  const none = new Uint16Array(0);
  const numbers = { mask: 0, count: 0, stride: 0, at: 0, lengthBytes: 0 };
  return { ...numbers, slots: none, netIds: none, rows: none, source: new Uint8Array(0) };
}
