import { decodeBatch, decodeEffects, subjects, type ZoneEffect } from '@overworld/contracts';
import { ZoneEncoder } from '@overworld/replication/zone';
import type { ZoneRuntime } from '@overworld/ruleset';
import { decodeRecord, type OutEncoder, type ZoneActor } from '@overworld/zone';
import type { FakeJournal } from '@overworld/testkit';
import type { Tap } from './sim-process.ts';

/** A message in which a zone showed itself: the hash of its whole state at that tick. */
export interface Shown {
  readonly zone: string;
  readonly owner: string;
  readonly epoch: number;
  readonly tick: number;
  readonly hash: string;
}

export interface SentHandoff {
  readonly from: string;
  readonly handoff: number;
  readonly bytes: Uint8Array;
}

export interface SentReceipt {
  readonly by: string;
  readonly from: string;
  readonly handoff: number;
  readonly accepted: boolean;
}

export interface AskedEffect {
  readonly zone: string;
  readonly effect: ZoneEffect;
}

interface Attempt {
  readonly tick: number;
  readonly bytes: Uint8Array;
  isLanded: boolean;
}

const MOST_FINDINGS = 20;

/** Sees everything that leaves the zones, at the moment when it does, and holds it against the journal. */
export class Witness {
  readonly shown: Shown[] = [];
  readonly handoffs: SentHandoff[] = [];
  readonly receipts: SentReceipt[] = [];
  readonly effects: AskedEffect[] = [];
  /** The states with which owners began, and ended in good order. */
  readonly handovers: Shown[] = [];
  /** What left a zone although a record that it rests on was not in the journal. */
  readonly tooEarly: string[] = [];
  readonly #messages = new WeakMap<Uint8Array, Shown>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #journal: FakeJournal;

  constructor(journal: FakeJournal) {
    this.#journal = journal;
  }

  /** The replication library's encoder, watched. */
  encoder(zone: string, owner: string): (runtime: ZoneRuntime) => OutEncoder {
    return (runtime) => {
      const encoder = new ZoneEncoder(runtime);
      let last: Shown | undefined;
      return {
        collect: (output) => encoder.collect(output),
        stamp: (message, ageMs) => encoder.stamp(message, ageMs),
        encode: (header, output) => {
          const message = encoder.encode(header, output);
          last = { zone, owner, epoch: header.epoch, tick: header.tick, hash: runtime.hash() };
          this.#messages.set(message, last);
          return message;
        },
        sync: (header) => {
          const message = encoder.sync(header);
          if (last !== undefined) this.#messages.set(message, last);
          return message;
        },
      };
    };
  }

  /** An owner begins, or has ended with a closing record. */
  changedHands(owner: string, actor: ZoneActor): void {
    const { epoch, spec } = actor;
    this.handovers.push({ zone: spec.id, owner, epoch, tick: actor.status().tick, hash: actor.hash() });
  }

  /** An owner sends a record to the journal. */
  appending(owner: string, zone: string, bytes: Uint8Array): void {
    const tick = decodeRecord(bytes)?.tick ?? 0;
    this.#attempts.set(`${owner} ${zone}`, { tick, bytes: bytes.slice(), isLanded: false });
  }

  tap(owner: string): Tap {
    return {
      published: (subject, payload) => this.#published(owner, subject, payload),
      replied: (_subject, payload) => this.#show(payload),
    };
  }

  #published(owner: string, subject: string, payload: Uint8Array): void {
    if (subject === subjects.effects) {
      const batch = decodeEffects(payload);
      if (batch === undefined) return;
      this.#judge(owner, batch.zone, 'effects');
      for (const effect of batch.effects) this.effects.push({ zone: batch.zone, effect });
    } else if (subject.endsWith('.out')) this.#show(payload);
    else if (subject.endsWith('.in')) this.#sent(owner, subject, payload);
  }

  #show(payload: Uint8Array): void {
    const shown = this.#messages.get(payload);
    if (shown === undefined) return;
    this.#judge(shown.owner, shown.zone, `tick ${shown.tick}`);
    this.shown.push(shown);
  }

  #sent(owner: string, subject: string, payload: Uint8Array): void {
    const batch = decodeBatch(payload);
    if (batch === undefined || !batch.gateway.startsWith('zone:')) return;
    const zone = batch.gateway.slice('zone:'.length);
    for (const command of batch.commands) {
      if (command.kind === 'handoff') {
        const { from, handoff, bytes } = command;
        this.#judge(owner, zone, `handoff ${handoff}`);
        this.handoffs.push({ from, handoff, bytes });
      } else if (command.kind === 'handoff-receipt') {
        const { handoff, accepted } = command;
        this.#judge(owner, zone, `receipt ${handoff}`);
        this.receipts.push({ by: zone, from: subject.split('.')[1] as string, handoff, accepted });
      }
    }
  }

  /** Nothing may leave while a record of this owner is not in the journal. */
  #judge(owner: string, zone: string, what: string): void {
    const attempt = this.#attempts.get(`${owner} ${zone}`);
    if (attempt === undefined || attempt.isLanded || this.#hasLanded(zone, attempt)) return;
    if (this.tooEarly.length >= MOST_FINDINGS) return;
    this.tooEarly.push(
      `${owner} let ${what} out of ${zone} before the record of tick ${attempt.tick} was there`,
    );
  }

  #hasLanded(zone: string, attempt: Attempt): boolean {
    const history = this.#journal.history(zone);
    for (let index = history.length - 1; index >= 0 && !attempt.isLanded; index -= 1) {
      const { bytes } = history[index] as { readonly bytes: Uint8Array };
      attempt.isLanded = sameBytes(bytes, attempt.bytes);
    }
    return attempt.isLanded;
  }
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}
