/** What enters a zone from outside. A journal record carries these; `tick` is the step that executes it. */
export type Operation =
  | JoinOperation
  | DropOperation
  | { readonly kind: 'leave'; readonly tick: number; readonly player: string; readonly reason: string }
  | InputOperation
  | HandoffInOperation
  | HandoffDoneOperation
  | { readonly kind: 'effects-settled'; readonly tick: number; readonly upTo: number }
  | { readonly kind: 'gateway-lost'; readonly tick: number; readonly gateway: string };

/** A player's connection is gone; the seat is kept for a while. */
export interface DropOperation {
  readonly kind: 'drop';
  readonly tick: number;
  readonly player: string;
  /**
   * The gateway that has lost the connection: it says nothing about a player who has come back through another one
   * meanwhile, and is ignored then. Absent: whichever it was.
   */
  readonly gateway?: string | undefined;
}

/** A player comes in. One who is in already is connected again: a join may come twice. */
export interface JoinOperation {
  readonly kind: 'join';
  readonly tick: number;
  readonly player: string;
  readonly name: string;
  /**
   * What the character kept, as `encodeCharacter` writes it; empty for a new one. One zero byte: the player is known to
   * have a seat, which is connected; when there is none, the join is refused as `busy`.
   */
  readonly character: Uint8Array;
  readonly gateway: string;
}

export interface InputOperation {
  readonly kind: 'input';
  readonly tick: number;
  readonly player: string;
  /** From 1, growing; one that is not above the player's last is ignored. The ai's inputs have 0 and are all executed. */
  readonly sequence: number;
  readonly input: number;
  readonly source: 'player' | 'ai';
  readonly value: Uint8Array;
}

/** A player arrives from another zone. The same handoff may come again: its first outcome stands. */
export interface HandoffInOperation {
  readonly kind: 'handoff-in';
  readonly tick: number;
  readonly from: string;
  readonly handoff: number;
  /** All handoffs of `from` below this one are done with: their outcomes can be forgotten. */
  readonly lowWater: number;
  readonly bytes: Uint8Array;
}

export interface HandoffDoneOperation {
  readonly kind: 'handoff-done';
  readonly tick: number;
  readonly handoff: number;
  readonly accepted: boolean;
  readonly reason: string;
}

export type PlayerChange =
  | {
      readonly kind: 'present';
      readonly player: string;
      readonly row: number;
      /** The avatar's row, or -1. */
      readonly avatar: number;
      readonly name: string;
      readonly gateway: string;
    }
  | { readonly kind: 'dropped'; readonly player: string; readonly row: number }
  | { readonly kind: 'left'; readonly player: string; readonly row: number; readonly reason: string }
  | { readonly kind: 'refused'; readonly player: string; readonly reason: string }
  | { readonly kind: 'moved'; readonly player: string; readonly row: number; readonly toZone: string };

/** Who hears an event: all, the player of a row, or who has the entity of a row in sight. */
export type Hearers = 'all' | { readonly player: number } | { readonly near: number };

export interface StepEvent {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly to: Hearers;
}

export interface PendingHandoff {
  readonly handoff: number;
  readonly toZone: string;
  readonly player: string;
  readonly bytes: Uint8Array;
}

export interface HandoffResult {
  readonly from: string;
  readonly handoff: number;
  readonly accepted: boolean;
  readonly reason: string;
}

export interface PendingEffect {
  readonly sequence: number;
  readonly kind: number;
  /** 16 hex digits, or empty. */
  readonly player: string;
  readonly tick: number;
  readonly bytes: Uint8Array;
}

/** What one step gives to the outside. Reused: valid until the next step. */
export interface StepOutput {
  readonly events: StepEvent[];
  readonly players: PlayerChange[];
  /** Handoffs that this step started; they are in the outbox too. */
  readonly handoffs: PendingHandoff[];
  readonly handoffResults: HandoffResult[];
  /** Effects that this step asked for; they are in the outbox too. */
  readonly effects: PendingEffect[];
  /** Rows of the players whose last executed sequence changed. */
  readonly acknowledged: number[];
}

export function createStepOutput(): StepOutput {
  return { events: [], players: [], handoffs: [], handoffResults: [], effects: [], acknowledged: [] };
}

export function clearStepOutput(output: StepOutput): void {
  output.events.length = 0;
  output.players.length = 0;
  output.handoffs.length = 0;
  output.handoffResults.length = 0;
  output.effects.length = 0;
  output.acknowledged.length = 0;
}

/** Thrown by a step when the handler of an operation threw. The state is then half changed: restore it. */
export class InputFault extends Error {
  override readonly name = 'InputFault';
  /** Index into the operations of the step. */
  readonly operation: number;

  constructor(operation: number, cause: unknown) {
    super(`operation ${operation} threw: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.operation = operation;
  }
}
