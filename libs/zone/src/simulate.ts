import type { JournalRecord } from '@overworld/ports';
import type { AnyRuleset, RuntimeFaults, ZoneRuntime } from '@overworld/ruleset';
import { type Mismatch, quarantinedIn, Replay, type ReplayHooks, type Violation } from './replay.ts';
import { decodeSnapshot, type ZoneSnapshot } from './snapshot.ts';

export interface SimulateOptions extends ReplayHooks {
  readonly ruleset: AnyRuleset;
  /** The zone's id; the rest of its spec is in the journal and in every snapshot. */
  readonly zone: string;
  /** Where to start; without one, the records begin with the zone's first fence. */
  readonly snapshot?: ZoneSnapshot | Uint8Array | undefined;
  /** In journal order. Those that are in the snapshot already are left out. */
  readonly records: readonly JournalRecord[];
  /** The last tick to execute; past the last record the zone is stepped without operations. */
  readonly until?: number | undefined;
  /** For tests alone. */
  readonly faults?: RuntimeFaults | undefined;
}

export interface Simulated {
  readonly runtime: ZoneRuntime;
  readonly tick: number;
  readonly hash: string;
  readonly epoch: number;
  /** Of the last record that was applied. */
  readonly sequence: number;
  /** The zone was stopped in an orderly way and not started again. */
  readonly closed: boolean;
  /** Where the state is not what was recorded. */
  readonly mismatches: readonly Mismatch[];
  /** Where the journal is not what a fenced journal can be. */
  readonly violations: readonly Violation[];
}

/**
 * Runs a zone from its journal, without any I/O: the same function of the same bytes in every process. Throws
 * `ReplayFault` when the ruleset throws on what the journal says.
 */
export function simulate(
  options: SimulateOptions,
): Simulated | { readonly refused: string; readonly detail: string } {
  const { snapshot, records } = options;
  const replay = new Replay(options, quarantinedIn(records.map((record) => record.bytes)));
  if (snapshot !== undefined) {
    const decoded = snapshot instanceof Uint8Array ? decodeSnapshot(snapshot) : snapshot;
    if (decoded === undefined) return { refused: 'bad-snapshot', detail: 'the bytes are no snapshot' };
    const refused = replay.restore(decoded);
    if (refused) return refused;
  }
  for (const record of records) {
    if (record.sequence > replay.sequence) drain(replay.apply(record.bytes, record.sequence));
  }
  if (options.until !== undefined) drain(replay.stepTo(options.until));
  return result(replay);
}

function drain(steps: Generator<void, void, void>): void {
  while (!steps.next().done) {
    // Nobody else waits for this thread: go on at once.
  }
}

function result(replay: Replay): Simulated | { readonly refused: string; readonly detail: string } {
  const { runtime } = replay;
  if (runtime === undefined) {
    return { refused: 'no-genesis', detail: 'neither a snapshot nor the zone’s first fence was given' };
  }
  return {
    runtime,
    tick: replay.tick,
    hash: runtime.hash(),
    epoch: replay.epoch,
    sequence: replay.sequence,
    closed: replay.closed,
    mismatches: replay.mismatches,
    violations: replay.violations,
  };
}
