import type { Operation } from '@overworld/ruleset';

export type MailboxClass = 'control' | 'handoff' | 'receipt' | 'input' | 'ai';

/** Why a command did not become an operation. */
export type DropReason =
  | 'full'
  /** One before it was lost on the way: both come again. */
  | 'gap'
  | 'unknown-player'
  | 'bad-command'
  | 'unknown-input'
  | 'blocked'
  | 'too-large';

export type CloseReason =
  | 'hibernated'
  | 'closed'
  | 'fenced'
  /** The ruleset throws again and again at the same tick. */
  | 'ruleset-failed'
  /** The closing record could not be written within the deadline: the next owner recovers as after a crash. */
  | 'journal-unreachable';

/** Everything that telemetry, operators and tests can know of a zone, at the moment when it happens. */
export type ZoneObservation = { readonly zone: string } & (
  | {
      readonly kind: 'opened';
      readonly epoch: number;
      readonly tick: number;
      /** What was prepared for it was used. */
      readonly isPrepared: boolean;
      readonly records: number;
      readonly steppedTicks: number;
      readonly jumpedTicks: number;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'tick';
      readonly tick: number;
      readonly durationMs: number;
      readonly operations: number;
      readonly players: number;
      readonly mailboxDepth: number;
    }
  | {
      readonly kind: 'overrun';
      readonly tick: number;
      readonly durationMs: number;
      readonly budgetMs: number;
    }
  /** The zone could not keep up: so many ticks of its time will never be made up for. */
  | { readonly kind: 'dilated'; readonly tick: number; readonly ticks: number; readonly lostMs: number }
  | {
      readonly kind: 'append';
      readonly tick: number;
      readonly latencyMs: number;
      readonly sizeBytes: number;
      readonly attempts: number;
    }
  | {
      readonly kind: 'append-retry';
      readonly tick: number;
      readonly attempts: number;
      readonly detail: string;
    }
  | { readonly kind: 'holding'; readonly tick: number }
  | { readonly kind: 'resumed'; readonly tick: number; readonly heldMs: number }
  | {
      readonly kind: 'released';
      readonly tick: number;
      readonly messages: number;
      readonly sizeBytes: number;
    }
  /** Views waited for the journal beyond the bound: so many messages were replaced by one full one. */
  | { readonly kind: 'views-coalesced'; readonly tick: number; readonly messages: number }
  | {
      readonly kind: 'dropped';
      readonly class: MailboxClass;
      readonly reason: DropReason;
      readonly count: number;
    }
  | { readonly kind: 'hash'; readonly tick: number; readonly hash: string }
  /** A replayed state is not what was recorded. `parts` names the columns when the record tells them. */
  | {
      readonly kind: 'desync';
      readonly tick: number;
      readonly recorded: string;
      readonly replayed: string;
      readonly parts: readonly string[];
    }
  | { readonly kind: 'code-changed'; readonly recorded: string; readonly running: string }
  | { readonly kind: 'journal-violation'; readonly sequence: number; readonly detail: string }
  | {
      readonly kind: 'snapshot';
      readonly tick: number;
      readonly sequence: number;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'snapshot-failed'; readonly detail: string }
  | { readonly kind: 'trimmed'; readonly belowSequence: number }
  | {
      readonly kind: 'quarantined';
      readonly tick: number;
      readonly operation: Operation;
      readonly message: string;
    }
  | { readonly kind: 'restarted'; readonly tick: number; readonly message: string }
  | { readonly kind: 'gateway-lost'; readonly gateway: string }
  | {
      readonly kind: 'handoff-sent';
      readonly handoff: number;
      readonly toZone: string;
      readonly player: string;
      readonly attempts: number;
    }
  | {
      readonly kind: 'handoff-settled';
      readonly handoff: number;
      readonly accepted: boolean;
      readonly reason: string;
    }
  | { readonly kind: 'effects'; readonly pending: number; readonly settled: number; readonly outcome: string }
  | { readonly kind: 'fenced'; readonly epoch: number; readonly by: string }
  | { readonly kind: 'closed'; readonly reason: CloseReason; readonly detail: string }
);

/** Distributes over the kinds, so that a caller writes an observation without the zone's name. */
export type Observed = ZoneObservation extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'zone'>
    : never
  : never;
export type Observe = (observation: Observed) => void;
