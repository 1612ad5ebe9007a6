import type { JournalRecord } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import type { Observe } from './observation.ts';
import {
  type ResolvedOptions,
  resolveOptions,
  type ZoneOptions,
  type ZonePorts,
  type ZoneRefusal,
} from './options.ts';
import { reach, Unreachable } from './reach.ts';
import { decodeRecord } from './record.ts';
import { Replay, ReplayFault } from './replay.ts';
import { decodeSnapshot, snapshotKeys, type ZoneSnapshot } from './snapshot.ts';
import type { ZoneSpec } from './spec.ts';

const PAGE = 512;

/** A refusal on its way out of the helpers of a takeover. */
export class Refused extends Error {
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

export function takeoverParts(
  spec: ZoneSpec,
  ruleset: AnyRuleset,
  options: ZoneOptions,
  ports: ZonePorts,
): TakeoverParts {
  const observe: Observe = (observed) => ports.observe?.({ zone: spec.id, ...observed });
  return { spec, ruleset, options: resolveOptions(options, ruleset.tickHz), ports, observe };
}

/** Runs what may end in one of the expected ways, and answers the refusal that it stands for. */
export async function refusing<T>(
  { spec, ruleset }: TakeoverParts,
  run: () => Promise<T>,
): Promise<T | ZoneRefusal> {
  if (spec.ruleset !== ruleset.name) {
    return { refused: 'wrong-ruleset', detail: `zone ${spec.id} runs ${spec.ruleset}, not ${ruleset.name}` };
  }
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof Refused) return cause.refusal;
    if (cause instanceof Unreachable) return { refused: 'journal-unreachable', detail: cause.message };
    if (cause instanceof ReplayFault) return { refused: 'ruleset-failed', detail: cause.message };
    throw cause;
  }
}

interface TriedSnapshot {
  readonly key: string;
  readonly snapshot: ZoneSnapshot | undefined;
  /** Why it cannot be used; undefined when it can. */
  readonly reason: string | undefined;
}

/** What there is of a zone: snapshots and journal, asked for again and again until a deadline (`Unreachable`). */
export class Source {
  readonly deadlineMs: number;
  readonly #parts: TakeoverParts;
  /** The newest snapshot, once read: a takeover looks for it before and after its fence. */
  #tried: TriedSnapshot | undefined;

  constructor(parts: TakeoverParts) {
    this.#parts = parts;
    this.deadlineMs = parts.ports.clock.now() + parts.options.openTimeoutMs;
  }

  reach<T>(call: () => Promise<T>): Promise<T> {
    const { ports, options } = this.#parts;
    return reach(ports.clock, this.deadlineMs, options.answerTimeoutMs, call);
  }

  last(): Promise<JournalRecord | undefined> {
    return this.reach(() => this.#parts.ports.journal.last(this.#parts.spec.id));
  }

  /** At most `limit` records behind `sequence`. */
  read(sequence: number, limit = PAGE): Promise<readonly JournalRecord[]> {
    return this.reach(() => this.#parts.ports.journal.read(this.#parts.spec.id, sequence, limit));
  }

  /** The records behind `sequence` up to `last`, which is known to be there. */
  async readUpTo(sequence: number, last: number): Promise<readonly JournalRecord[]> {
    const records: JournalRecord[] = [];
    for (let after = sequence; after < last; after = records.at(-1)?.sequence ?? last) {
      const page = await this.read(after);
      const own = page.filter((record) => record.sequence <= last);
      records.push(...own);
      if (own.length === 0)
        throw new Refused('bad-journal', `no record between ${after} and the fence ${last}`);
    }
    return records;
  }

  /** The newest stored snapshot that can be restored and that the journal still continues. */
  async findSnapshot(fenceSequence: number): Promise<ZoneSnapshot | undefined> {
    const { ports, spec } = this.#parts;
    const [[first], keys] = await Promise.all([
      this.read(0, 1),
      this.reach(() => snapshotKeys(ports.blobs, spec.id)),
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
    const bytes = await this.reach(() => this.#parts.ports.blobs.get(key));
    const snapshot = bytes === undefined ? undefined : decodeSnapshot(bytes);
    this.#tried = { key, snapshot, reason: this.#unusable(snapshot) };
    return this.#tried;
  }

  #unusable(snapshot: ZoneSnapshot | undefined): string | undefined {
    const { spec, ruleset, options } = this.#parts;
    if (snapshot === undefined) return 'it cannot be read';
    if (snapshot.zone !== spec.id) return `it belongs to zone ${snapshot.zone}`;
    const refusal = new Replay({ ruleset, zone: spec.id, faults: options.faults }).restore(snapshot);
    // There may be room for an older one: but what came to life since would find none in the replay, and be lost.
    if (refusal?.refused === 'too-many-rows') throw new Refused('bad-snapshot', refusal.detail);
    return refusal?.detail;
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
