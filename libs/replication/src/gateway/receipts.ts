import { SlotFlag } from './visible-set.ts';
import type { ZoneView } from './zone-view.ts';

/** One entity in what was sent. */
interface SentRecord {
  readonly row: number;
  readonly generation: number;
  /** 0: the entity was entered. */
  readonly mask: number;
}

/** What the frames of one `take` said about one zone: enough to say it again. */
export interface SentZone {
  readonly zone: ZoneView;
  readonly leaves: number[];
  readonly records: SentRecord[];
  readonly keyframe: boolean;
  readonly ack: boolean;
}

const MAX_OPEN = 64;
const MAX_LOST_LEAVES = 4096;

/**
 * Remembers what is on its way over a link that can lose frames. Past 64 open receipts the oldest counts as lost:
 * saying something twice is harmless, not saying it is not.
 */
export class Receipts {
  readonly #open = new Map<number, SentZone[]>();
  #said: SentZone[] = [];

  /** Frames said this: it belongs to the next receipt that is opened. */
  say(sent: SentZone): void {
    this.#said.push(sent);
  }

  open(receipt: number): void {
    this.#open.set(receipt, this.#said);
    this.#said = [];
    if (this.#open.size <= MAX_OPEN) return;
    for (const oldest of this.#open.keys()) {
      this.lost(oldest);
      return;
    }
  }

  delivered(receipt: number): void {
    this.#open.delete(receipt);
  }

  lost(receipt: number): void {
    const sent = this.#open.get(receipt);
    this.#open.delete(receipt);
    if (sent !== undefined) for (const part of sent) sayAgain(part);
  }
}

function sayAgain(sent: SentZone): void {
  const { zone } = sent;
  if (sent.keyframe) {
    zone.restart();
    return;
  }
  if (sent.ack) zone.ackSent = -1;
  for (const netId of sent.leaves) leaveAgain(zone, netId);
  for (const { row, generation, mask } of sent.records) {
    const slot = zone.set.find(row, generation);
    if (slot < 0) continue;
    if (mask === 0) zone.set.flags[slot] = (zone.set.flags[slot] as number) | SlotFlag.again;
    else zone.set.owed[slot] = (zone.set.owed[slot] as number) | mask;
  }
}

/** An enter that was sent since replaces whatever the client has under the net id, so it needs no leave. */
function leaveAgain(zone: ZoneView, netId: number): void {
  const { set } = zone;
  for (let slot = 0; slot < set.count; slot++) {
    if (set.netIds[slot] === netId && set.known[slot] !== 0) return;
  }
  if (zone.lostLeaves.length >= MAX_LOST_LEAVES) zone.restart();
  else zone.lostLeaves.push(netId);
}
