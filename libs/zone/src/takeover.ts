import type { JournalRecord } from '@overworld/ports';
import type { Operation } from '@overworld/ruleset';
import { FENCE_ATTEMPTS, type Fence, fenceBehind } from './fence.ts';
import type { ZoneRefusal } from './options.ts';
import type { Preparation } from './preparation.ts';
import { Rebuild, type ReplayedFault, type Takeover } from './rebuild.ts';
import { NOT_RECORDED } from './record.ts';
import { operationName, quarantinedIn, ReplayFault } from './replay.ts';
import type { ZoneSnapshot } from './snapshot.ts';
import { Refused, refusing, Source, type TakeoverParts } from './source.ts';

/*
 * How a zone changes hands.
 *
 *   last record ──> FENCE{epoch + 1} after it ──> newest snapshot ──> replay until the own fence ──> tick
 *        ^               | a record came first: read again
 *        +---------------+
 *
 * The fence comes first: from then on nobody else can append, and what the zone did is settled. It also says how far the
 * state is stepped without operations: at least as far as the old owner may have shown (`markTicks` past the last
 * record), further when the ruleset catches up.
 *
 * With a preparation, snapshot and replay come first, while the old owner still runs; what is left is the fence:
 *
 *   newest snapshot ──> replay, and follow ──> closing record ──> FENCE{epoch + 1} after it ──> tick
 *                            ^                                         | a record came first: read on
 *                            +-----------------------------------------+
 */

/** `prepared` shortens it where it can be used; where it cannot, the zone is taken over as if there were none. */
export function takeOver(parts: TakeoverParts, prepared?: Preparation): Promise<Takeover | ZoneRefusal> {
  return refusing(parts, async () => {
    const taken = prepared === undefined ? undefined : await takePrepared(parts, prepared);
    return taken ?? (await new Taker(parts).run());
  });
}

async function takePrepared(parts: TakeoverParts, prepared: Preparation): Promise<Takeover | undefined> {
  if (parts.options.faults.noFence) return undefined;
  const source = new Source(parts);
  for (let attempt = 0; attempt < FENCE_ATTEMPTS; attempt += 1) {
    const last = await prepared.catchUp();
    if (last === undefined) return undefined;
    const fence = await fenceBehind(parts, source, last);
    if (fence !== undefined) return await prepared.finish(fence);
  }
  throw contended();
}

class Taker {
  readonly #parts: TakeoverParts;
  readonly #source: Source;
  readonly #faults: ReplayedFault[] = [];
  readonly #quarantined = new Set<string>();

  constructor(parts: TakeoverParts) {
    this.#parts = parts;
    this.#source = new Source(parts);
  }

  async run(): Promise<Takeover> {
    const last = this.#source.last();
    // Before anybody is fenced off: a process that cannot run the zone must not stop the one that does.
    const [before] = await Promise.all([this.#source.findSnapshot(Number.MAX_SAFE_INTEGER), last]);
    const fence = this.#parts.options.faults.noFence ? await this.#noFence() : await this.#fence(last);
    const [snapshot, records] = await this.#settled(before?.sequence ?? 0, fence.sequence);
    for (const name of quarantinedIn(records.map((record) => record.bytes))) this.#quarantined.add(name);
    const rebuild = await this.#replay(snapshot, records);
    return rebuild.result(fence.sequence, this.#faults);
  }

  /**
   * The newest snapshot and the records after it, behind the fence. The last owner may have stored another one since the
   * first look, and have trimmed the journal behind it: then what was read at the same time holds what is needed, too.
   */
  async #settled(
    expectedSequence: number,
    fenceSequence: number,
  ): Promise<[ZoneSnapshot | undefined, readonly JournalRecord[]]> {
    const [snapshot, records] = await Promise.all([
      this.#source.findSnapshot(fenceSequence),
      this.#source.readUpTo(expectedSequence, fenceSequence),
    ]);
    const sequence = snapshot?.sequence ?? 0;
    if (sequence < expectedSequence) return [snapshot, await this.#source.readUpTo(sequence, fenceSequence)];
    return [snapshot, records.filter((record) => record.sequence > sequence)];
  }

  /** `known` is the last record as it was a moment ago; when it no longer is, the journal refuses the fence. */
  async #fence(known?: Promise<JournalRecord | undefined>): Promise<Fence> {
    for (let attempt = 0; attempt < FENCE_ATTEMPTS; attempt += 1) {
      const last = await (attempt === 0 && known !== undefined ? known : this.#source.last());
      const fence = await fenceBehind(this.#parts, this.#source, last);
      if (fence !== undefined) return fence;
    }
    throw contended();
  }

  /** Test only: takes the journal as it is, under the next epoch, and tells nobody. */
  async #noFence(): Promise<Fence> {
    const last = await this.#source.last();
    return last === undefined ? this.#fence() : last;
  }

  /** Replays until it works: an operation that throws twice is left out. */
  async #replay(snapshot: ZoneSnapshot | undefined, records: readonly JournalRecord[]): Promise<Rebuild> {
    const strikes = new Set<string>();
    for (;;) {
      try {
        return await this.#replayOnce(snapshot, records);
      } catch (cause) {
        if (!(cause instanceof ReplayFault) || cause.operation === undefined) throw cause;
        const name = operationName(cause.tick, cause.index);
        if (strikes.has(name)) this.#quarantine(cause, cause.operation);
        strikes.add(name);
      }
    }
  }

  #quarantine(fault: ReplayFault, operation: Operation): void {
    this.#quarantined.add(operationName(fault.tick, fault.index));
    const { tick, index, message } = fault;
    this.#faults.push({ tick, index: index < 0 ? NOT_RECORDED : index, operation, message });
  }

  async #replayOnce(snapshot: ZoneSnapshot | undefined, records: readonly JournalRecord[]): Promise<Rebuild> {
    const rebuild = new Rebuild(this.#parts, { snapshot, quarantined: this.#quarantined });
    for (const record of records) await rebuild.apply(record);
    return rebuild;
  }
}

function contended(): Refused {
  return new Refused('contended', `another owner was faster ${FENCE_ATTEMPTS} times`);
}
