import type { Blobs, Bus, Clock, Journal } from '@overworld/ports';
import { ZoneEncoder } from '@overworld/replication/zone';
import type { RuntimeFaults, ZoneRuntime } from '@overworld/ruleset';
import type { ZoneObservation } from './observation.ts';
import type { OutEncoder } from './views.ts';

export interface ZonePorts {
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Called in the middle of the zone's work: it must be quick and must not throw. */
  readonly observe?: ((observation: ZoneObservation) => void) | undefined;
  /** Called when `nextDueMs` has come nearer: whoever waits for it should look again, or executes the tick later than it could. */
  readonly hastened?: (() => void) | undefined;
}

/** For tests alone: each switches one guarantee off, so that a test can prove that its checker sees it. */
export interface ZoneFaults extends RuntimeFaults {
  /** Takes over without a fence record, and appends behind another owner's records. */
  readonly noFence?: boolean;
  /** Publishes before the journal has acknowledged. */
  readonly noOutputCommit?: boolean;
  /** Executes inputs behind others that were lost on the way. */
  readonly noInputOrder?: boolean;
  /** Records hashes that are not the state's. */
  readonly wrongHash?: boolean;
}

export interface ZoneOptions {
  /** Unique for each opening of a zone: process and a number, for instance. At most 200 bytes. */
  readonly owner: string;
  /** The installation's secret for entity ids, the same for all its zones. By default one from the zone's seed. */
  readonly idKey?: readonly [number, number];
  /** Shifts the zone's ticks against those of other zones, in [0, 1) of a tick. Default 0. */
  readonly phase?: number;
  /** Ticks executed at once after a delay; the rest of it is lost time. Default 4. */
  readonly maxCatchUpTicks?: number;
  /** A tick that takes longer is an overrun. Default: the time between two ticks. */
  readonly budgetMs?: number;
  /** Default 30,000. */
  readonly snapshotEveryMs?: number;
  /** Default 2,000. */
  readonly snapshotEveryRecords?: number;
  /** How many stay stored, at least 2. The journal reaches back to the oldest: how far one can replay. Default 4. */
  readonly snapshotsKept?: number;
  /** A gateway that was silent for so long has lost its players. Default 3,000. */
  readonly gatewaySilenceMs?: number;
  /** A journal or blob call that is not answered for so long counts as failed. Default 2,000. */
  readonly answerTimeoutMs?: number;
  /** How long `open` tries to reach the journal. Default 15,000. */
  readonly openTimeoutMs?: number;
  /** How long `hibernate` and `close` wait for journal and blobs. Default 1,500. */
  readonly closeTimeoutMs?: number;
  /** Makes the encoder of the out messages. Default: the replication library's. */
  readonly encoder?: (runtime: ZoneRuntime) => OutEncoder;
  /** For tests alone. */
  readonly faults?: ZoneFaults;
}

export type ResolvedOptions = Required<Omit<ZoneOptions, 'idKey' | 'budgetMs' | 'faults'>> & {
  readonly idKey: readonly [number, number] | undefined;
  readonly budgetMs: number;
  readonly faults: ZoneFaults;
};

export function resolveOptions(options: ZoneOptions, tickHz: number): ResolvedOptions {
  return {
    phase: 0,
    maxCatchUpTicks: 4,
    snapshotEveryMs: 30_000,
    snapshotEveryRecords: 2_000,
    snapshotsKept: 4,
    gatewaySilenceMs: 3_000,
    answerTimeoutMs: 2_000,
    openTimeoutMs: 15_000,
    closeTimeoutMs: 1_500,
    encoder: (runtime) => new ZoneEncoder(runtime),
    ...options,
    idKey: options.idKey,
    budgetMs: options.budgetMs ?? 1000 / tickHz,
    faults: options.faults ?? {},
  };
}

/** What a zone may show beyond its last acknowledged record, in ticks: one second. */
export function markTicksOf(tickHz: number): number {
  return tickHz;
}

export type ZoneRefusalReason =
  /** The ruleset given is not the one that the zone runs. */
  | 'wrong-ruleset'
  /** The journal cannot be read or does not go back far enough. */
  | 'bad-journal'
  /** No stored snapshot can be used with this ruleset. */
  | 'bad-snapshot'
  | 'journal-unreachable'
  /** Others took the zone over again and again. */
  | 'contended'
  /** The ruleset throws while it replays the journal. */
  | 'ruleset-failed';

export interface ZoneRefusal {
  readonly refused: ZoneRefusalReason;
  readonly detail: string;
}
