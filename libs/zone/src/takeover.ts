import { type JournalRecord, pause } from '@overworld/ports';
import type { AnyRuleset, Operation, PlayerChange, ZoneRuntime } from '@overworld/ruleset';
import { sameBytes } from './commit.ts';
import type { Observe } from './observation.ts';
import { markTicksOf, type ResolvedOptions, type ZonePorts, type ZoneRefusal } from './options.ts';
import { reach, Unreachable } from './reach.ts';
import { decodeRecord, encodeRecord, type FenceRecord, NOT_RECORDED, type ZoneRecord } from './record.ts';
import { operationName, quarantinedIn, Replay, ReplayFault } from './replay.ts';
import { decodeSnapshot, snapshotKeys, type ZoneSnapshot } from './snapshot.ts';
import { defaultIdKey, type ZoneBirthCertificate, type ZoneSpec } from './spec.ts';

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
 */
const FENCE_ATTEMPTS = 16;
const RETRY_MS = 50;
const PAGE = 512;
const MAX_GAP_TICKS = 0x7fff_ffff;
/** Players' comings and goings of the last replayed seconds are told again: their gateways may have missed them. */
const CARRIED_SECONDS = 10;
const CARRIED_CHANGES = 256;

/** An operation that threw while it was replayed. */
export interface ReplayedFault {
  readonly tick: number;
  readonly index: number;
  readonly operation: Operation;
  readonly message: string;
}

export interface Takeover {
  readonly runtime: ZoneRuntime;
  readonly birth: ZoneBirthCertificate;
  readonly epoch: number;
  /** Of the own fence. */
  readonly sequence: number;
  readonly records: number;
  readonly steppedTicks: number;
  readonly jumpedTicks: number;
  readonly faults: readonly ReplayedFault[];
  readonly carried: readonly PlayerChange[];
}

interface TriedSnapshot {
  readonly key: string;
  readonly snapshot: ZoneSnapshot | undefined;
  /** Why it cannot be used; undefined when it can. */
  readonly reason: string | undefined;
}

interface Fence {
  readonly bytes: Uint8Array;
  readonly sequence: number;
}

/** A refusal on its way out of the helpers below. */
class Refused extends Error {
  readonly refusal: ZoneRefusal;

  constructor(refused: ZoneRefusal['refused'], detail: string) {
    super(detail);
    this.refusal = { refused, detail };
  }
}

export interface TakeoverParts {
  readonly spec: ZoneSpec;
  readonly ruleset: AnyRuleset;
  readonly options: ResolvedOptions;
  readonly ports: ZonePorts;
  readonly observe: Observe;
}

export async function takeOver(parts: TakeoverParts): Promise<Takeover | ZoneRefusal> {
  const { spec, ruleset } = parts;
  if (spec.ruleset !== ruleset.name) {
    return { refused: 'wrong-ruleset', detail: `zone ${spec.id} runs ${spec.ruleset}, not ${ruleset.name}` };
  }
  try {
    return await new Taker(parts).run();
  } catch (cause) {
    if (cause instanceof Refused) return cause.refusal;
    if (cause instanceof Unreachable) return { refused: 'journal-unreachable', detail: cause.message };
    if (cause instanceof ReplayFault) return { refused: 'ruleset-failed', detail: cause.message };
    throw cause;
  }
}

class Taker {
  readonly #parts: TakeoverParts;
  readonly #deadlineMs: number;
  readonly #faults: ReplayedFault[] = [];
  readonly #quarantined = new Set<string>();
  /** The newest snapshot, once read: it is looked for before and after the fence. */
  #tried: TriedSnapshot | undefined;
  #carried: { readonly tick: number; readonly change: PlayerChange }[] = [];

  constructor(parts: TakeoverParts) {
    this.#parts = parts;
    this.#deadlineMs = parts.ports.clock.now() + parts.options.openTimeoutMs;
  }

  async run(): Promise<Takeover> {
    const last = this.#last();
    // Before anybody is fenced off: a process that cannot run the zone must not stop the one that does.
    const [before] = await Promise.all([this.#findSnapshot(Number.MAX_SAFE_INTEGER), last]);
    const fence = this.#parts.options.faults.noFence ? await this.#noFence() : await this.#fence(last);
    const [snapshot, records] = await this.#settled(before?.sequence ?? 0, fence.sequence);
    for (const name of quarantinedIn(records.map((record) => record.bytes))) this.#quarantined.add(name);
    const replay = await this.#replay(snapshot, records);
    return this.#result(replay, fence);
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
      this.#findSnapshot(fenceSequence),
      this.#recordsAfter(expectedSequence, fenceSequence),
    ]);
    const sequence = snapshot?.sequence ?? 0;
    if (sequence < expectedSequence) return [snapshot, await this.#recordsAfter(sequence, fenceSequence)];
    return [snapshot, records.filter((record) => record.sequence > sequence)];
  }

  #reach<T>(call: () => Promise<T>): Promise<T> {
    const { clock } = this.#parts.ports;
    return reach(clock, this.#deadlineMs, this.#parts.options.answerTimeoutMs, call);
  }

  #last(): Promise<JournalRecord | undefined> {
    return this.#reach(() => this.#parts.ports.journal.last(this.#parts.spec.id));
  }

  /** `known` is the last record as it was a moment ago; when it no longer is, the journal refuses the fence. */
  async #fence(known?: Promise<JournalRecord | undefined>): Promise<Fence> {
    for (let attempt = 0; attempt < FENCE_ATTEMPTS; attempt += 1) {
      const last = await (attempt === 0 && known !== undefined ? known : this.#last());
      const bytes = encodeRecord(this.#composeFence(last));
      const sequence = await this.#append(last?.sequence ?? 0, bytes);
      if (sequence !== undefined) return { bytes, sequence };
    }
    throw new Refused('contended', `another owner was faster ${FENCE_ATTEMPTS} times`);
  }

  /** Test only: takes the journal as it is, under the next epoch, and tells nobody. */
  async #noFence(): Promise<Fence> {
    const last = await this.#last();
    return last === undefined ? this.#fence() : last;
  }

  /** The sequence of the fence, or undefined when another record came first. */
  async #append(expectedSequence: number, bytes: Uint8Array): Promise<number | undefined> {
    const { ports, spec } = this.#parts;
    for (;;) {
      const outcome = await this.#reach(() => ports.journal.append(spec.id, expectedSequence, bytes)).catch(
        () => ({ kind: 'unknown' }) as const,
      );
      if (outcome.kind === 'appended') return outcome.sequence;
      const [found] = await this.#reach(() => ports.journal.read(spec.id, expectedSequence, 1));
      if (found !== undefined) return sameBytes(found.bytes, bytes) ? found.sequence : undefined;
      if (outcome.kind === 'conflict') return undefined;
      if (ports.clock.now() >= this.#deadlineMs) throw new Unreachable('the fence was not acknowledged');
      await pause(ports.clock, RETRY_MS);
    }
  }

  #composeFence(last: JournalRecord | undefined): FenceRecord {
    const { spec, ruleset, options, ports } = this.#parts;
    const common = { kind: 'fence', owner: options.owner, codeHash: ruleset.codeHash } as const;
    const wallMs = Math.max(0, Math.floor(ports.clock.wall()));
    if (last === undefined) {
      const birth = { spec, idKey: options.idKey ?? defaultIdKey(spec) };
      return { ...common, epoch: 1, tick: 0, wallMs, previous: 0, fromTick: 0, stepTicks: 0, birth };
    }
    const record = decodeRecord(last.bytes);
    if (record === undefined) throw new Refused('bad-journal', `record ${last.sequence} cannot be read`);
    const { stepTicks, tick } = planGap(record, wallMs, ruleset);
    const previous = last.sequence;
    return { ...common, epoch: record.epoch + 1, tick, wallMs, previous, fromTick: record.tick, stepTicks };
  }

  /** The newest stored snapshot that can be restored and that the journal still continues. */
  async #findSnapshot(fenceSequence: number): Promise<ZoneSnapshot | undefined> {
    const { ports, spec } = this.#parts;
    const [[first], keys] = await Promise.all([
      this.#reach(() => ports.journal.read(spec.id, 0, 1)),
      this.#reach(() => snapshotKeys(ports.blobs, spec.id)),
    ]);
    const reasons: string[] = [];
    // Its own fence would make such a journal look like that of a new zone.
    if (first === undefined && keys[0] !== undefined)
      throw new Refused('bad-journal', `the journal is empty, but ${keys[0]} is stored`);
    for (const key of keys) {
      const found = this.#tried?.key === key ? this.#tried : await this.#try(key);
      const reason = found.reason ?? misplaced(found.snapshot, first?.sequence ?? 0, fenceSequence);
      if (reason === undefined) return found.snapshot;
      reasons.push(`${key}: ${reason}`);
    }
    if (first === undefined || isGenesis(first)) return undefined;
    if (keys.length > 0) throw new Refused('bad-snapshot', reasons.join('; '));
    throw new Refused('bad-journal', 'the journal does not begin with the zone’s first fence');
  }

  /** Reads a snapshot and restores it once, to see that it can be. */
  async #try(key: string): Promise<TriedSnapshot> {
    const bytes = await this.#reach(() => this.#parts.ports.blobs.get(key));
    const snapshot = bytes === undefined ? undefined : decodeSnapshot(bytes);
    this.#tried = { key, snapshot, reason: this.#unusable(snapshot) };
    return this.#tried;
  }

  #unusable(snapshot: ZoneSnapshot | undefined): string | undefined {
    if (snapshot === undefined) return 'it cannot be read';
    if (snapshot.zone !== this.#parts.spec.id) return `it belongs to zone ${snapshot.zone}`;
    const refusal = new Replay(this.#replayOptions()).restore(snapshot);
    // There may be room for an older one: but what came to life since would find none in the replay, and be lost.
    if (refusal?.refused === 'too-many-rows') throw new Refused('bad-snapshot', refusal.detail);
    return refusal?.detail;
  }

  async #recordsAfter(sequence: number, last: number): Promise<readonly JournalRecord[]> {
    const { journal } = this.#parts.ports;
    const records: JournalRecord[] = [];
    for (let after = sequence; after < last; after = records.at(-1)?.sequence ?? last) {
      const page = await this.#reach(() => journal.read(this.#parts.spec.id, after, PAGE));
      const own = page.filter((record) => record.sequence <= last);
      records.push(...own);
      if (own.length === 0)
        throw new Refused('bad-journal', `no record between ${after} and the fence ${last}`);
    }
    return records;
  }

  #replayOptions() {
    const { ruleset, spec, options } = this.#parts;
    return { ruleset, zone: spec.id, faults: options.faults };
  }

  /** Replays until it works: an operation that throws twice is left out. */
  async #replay(snapshot: ZoneSnapshot | undefined, records: readonly JournalRecord[]): Promise<Replay> {
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

  async #replayOnce(snapshot: ZoneSnapshot | undefined, records: readonly JournalRecord[]): Promise<Replay> {
    this.#carried = [];
    const onTick = (tick: number, runtime: ZoneRuntime): void => this.#carry(tick, runtime.output.players);
    const replay = new Replay({ ...this.#replayOptions(), onTick }, this.#quarantined);
    if (snapshot) replay.restore(snapshot);
    for (const record of records) {
      for (const _ of replay.apply(record.bytes, record.sequence)) await pause(this.#parts.ports.clock, 0);
    }
    return replay;
  }

  #carry(tick: number, changes: readonly PlayerChange[]): void {
    for (const change of changes) {
      if (change.kind === 'present' || change.kind === 'dropped') continue;
      this.#carried.push({ tick, change });
      if (this.#carried.length > CARRIED_CHANGES) this.#carried.shift();
    }
  }

  #result(replay: Replay, fence: Fence): Takeover {
    const { runtime, birth } = replay;
    if (replay.unreadable !== undefined) {
      throw new Refused('bad-journal', `record ${replay.unreadable} cannot be read`);
    }
    if (runtime === undefined || birth === undefined) {
      throw new Refused('bad-journal', replay.violations[0]?.detail ?? 'the journal holds no fence');
    }
    this.#report(replay);
    const { records, steppedTicks, jumpedTicks } = replay;
    const since = runtime.state.tick - CARRIED_SECONDS * this.#parts.ruleset.tickHz;
    const isGone = (change: PlayerChange): boolean => runtime.table.find(change.player) < 0;
    const recent = this.#carried.filter((entry) => entry.tick >= since && isGone(entry.change));
    const carried = recent.map((entry) => entry.change);
    const epoch = replay.epoch + (this.#parts.options.faults.noFence ? 1 : 0);
    const { sequence } = fence;
    const common = { runtime, birth, epoch, sequence, records, steppedTicks, jumpedTicks };
    return { ...common, faults: this.#faults, carried };
  }

  #report(replay: Replay): void {
    const { observe, ruleset } = this.#parts;
    const { previousCodeHash: recorded } = replay;
    if (recorded !== '' && recorded !== ruleset.codeHash) {
      observe({ kind: 'code-changed', recorded, running: ruleset.codeHash });
    }
    for (const { sequence, detail } of replay.violations)
      observe({ kind: 'journal-violation', sequence, detail });
    for (const { tick, recorded, replayed, parts } of replay.mismatches) {
      observe({ kind: 'desync', tick, recorded, replayed, parts });
    }
  }
}

function misplaced(snapshot: ZoneSnapshot | undefined, first: number, fence: number): string | undefined {
  if (snapshot === undefined) return undefined;
  if (snapshot.sequence > fence) return 'it is newer than the journal';
  return snapshot.sequence < first ? 'the journal was trimmed behind it' : undefined;
}

function isGenesis(first: JournalRecord): boolean {
  const record = decodeRecord(first.bytes);
  return record?.kind === 'fence' && record.birth !== undefined;
}

/** How far a new owner steps, and the tick at which it goes on. */
function planGap(
  last: ZoneRecord,
  wallMs: number,
  ruleset: AnyRuleset,
): { readonly stepTicks: number; readonly tick: number } {
  const shown = last.kind === 'close' ? 0 : markTicksOf(ruleset.tickHz);
  const { gap } = ruleset.definition;
  if (gap.policy === 'hold') return { stepTicks: shown, tick: last.tick + shown };
  const gapMs = Math.max(0, wallMs - last.wallMs);
  const missed = Math.min(MAX_GAP_TICKS - last.tick, Math.floor((gapMs * ruleset.tickHz) / 1000));
  const stepTicks = Math.max(shown, Math.min(missed, gap.maxTicks));
  return { stepTicks, tick: last.tick + Math.max(stepTicks, missed) };
}
