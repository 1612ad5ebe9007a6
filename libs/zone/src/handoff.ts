import { encodeBatch, isZoneId, subjects, type ZoneCommand } from '@overworld/contracts';
import { fitUtf8 } from '@overworld/kernel';
import type { Bus } from '@overworld/ports';
import type { HandoffResult, PendingHandoff } from '@overworld/ruleset';
import type { Observe } from './observation.ts';

/*
 * An entity goes from zone A to zone B.
 *
 *   A: OUT is in the state's outbox, and with it in A's journal
 *   A ---- handoff {n, lowWater, bytes} ----> B     again every RESEND_MS until A has read a receipt
 *                                             B: IN is in B's journal; B remembers the outcome of n
 *   A <--- handoff-receipt {n, accepted} ---- B     again whenever n comes again
 *   A: DONE is in A's journal; a refused entity is back
 *
 * All three messages leave a zone only after the record that they rest on was acknowledged. Loss, duplication and
 * reordering of any of them changes nothing but the time it takes.
 */
const RESEND_MS = 500;
const SENT_AT_ONCE = 64;
const WAITING_RECEIPTS = 4_096;
const RECEIPT_REASON_BYTES = 64;

interface Sent {
  attempts: number;
  nextMs: number;
}

export interface HandoffOptions {
  readonly zone: string;
  readonly bus: Bus;
  readonly observe: Observe;
  /** A handoff that can never arrive is settled here, by the ordinary way through the mailbox. */
  settle(handoff: number, accepted: boolean, reason: string): void;
}

/** Sends what the outbox says, as often as needed, and answers what came in. */
export class Handoffs {
  readonly #options: HandoffOptions;
  readonly #sent = new Map<number, Sent>();
  #pending: readonly PendingHandoff[] = [];
  #receipts: HandoffResult[] = [];

  constructor(options: HandoffOptions) {
    this.#options = options;
  }

  /** Whether there is anything to send now. */
  isDue(nowMs: number): boolean {
    if (this.#receipts.length > 0) return true;
    for (const { handoff } of this.#pending) if ((this.#sent.get(handoff)?.nextMs ?? 0) <= nowMs) return true;
    return false;
  }

  /** What the state's outbox holds now. */
  update(pending: readonly PendingHandoff[]): void {
    this.#pending = pending;
    const numbers = new Set(pending.map((each) => each.handoff));
    for (const handoff of [...this.#sent.keys()]) if (!numbers.has(handoff)) this.#sent.delete(handoff);
  }

  /** This zone runs from now on: what was sent to it before is lost, and need not wait for its turn. */
  again(toZone: string): void {
    for (const pending of this.#pending) {
      const sent = pending.toZone === toZone ? this.#sent.get(pending.handoff) : undefined;
      if (sent !== undefined) sent.nextMs = 0;
    }
  }

  /** Outcomes to tell, once they may leave. Beyond the bound the oldest go: their zones ask again. */
  answer(results: readonly HandoffResult[]): void {
    for (const result of results) this.#receipts.push(result);
    if (this.#receipts.length > WAITING_RECEIPTS)
      this.#receipts.splice(0, this.#receipts.length - WAITING_RECEIPTS);
  }

  /** Everything in the state may leave: sends receipts, and handoffs that are due. */
  release(nowMs: number, lowWater: number): void {
    for (const result of this.#receipts) this.#answer(result);
    this.#receipts = [];
    let room = SENT_AT_ONCE;
    for (const pending of this.#pending) {
      const sent = this.#sent.get(pending.handoff) ?? { attempts: 0, nextMs: nowMs };
      if (sent.nextMs > nowMs) continue;
      if (room === 0) return;
      room -= 1;
      sent.attempts += 1;
      sent.nextMs = nowMs + RESEND_MS;
      this.#sent.set(pending.handoff, sent);
      this.#send(pending, lowWater, sent.attempts);
    }
  }

  #send(pending: PendingHandoff, lowWater: number, attempts: number): void {
    const { zone, observe, settle } = this.#options;
    const { handoff, toZone, player, bytes } = pending;
    if (!isZoneId(toZone)) {
      settle(handoff, false, 'unknown-zone');
      return;
    }
    this.#publish(toZone, { kind: 'handoff', from: zone, handoff, lowWater, bytes });
    observe({ kind: 'handoff-sent', handoff, toZone, player, attempts });
  }

  #answer(result: HandoffResult): void {
    const { handoff, accepted } = result;
    const reason = fitUtf8(result.reason, RECEIPT_REASON_BYTES);
    this.#publish(result.from, { kind: 'handoff-receipt', handoff, accepted, reason });
  }

  #publish(zone: string, command: ZoneCommand): void {
    this.#options.bus.publish(subjects.zoneIn(zone), encodeBatch(senderName(this.#options.zone), [command]));
  }
}

/** How a zone signs its batches: at most 64 bytes, and no gateway is called so. */
function senderName(zone: string): string {
  return fitUtf8(`zone:${zone}`, 64);
}
