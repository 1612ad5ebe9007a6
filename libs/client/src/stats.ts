import type { ConnectionState } from './connection-state.ts';

/** What the network overlay of a game shows. Rates are over the last two seconds; distances in the world's unit. */
export interface ClientStats {
  readonly state: ConnectionState;
  readonly zone: string;
  readonly epoch: number;
  /** Where the server is estimated to be, whole ticks. */
  readonly serverTick: number;
  readonly roundTripMs: number;
  readonly jitterMs: number;
  /** Sequence of the newest input given. */
  readonly sequence: number;
  readonly acknowledged: number;
  readonly pendingInputs: number;
  /** Inputs that were given up: too many were waiting for an answer. */
  readonly droppedInputs: number;
  readonly refusedInputs: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
  readonly framesPerSecond: number;
  /** State frames since the join. */
  readonly frames: number;
  readonly badFrames: number;
  readonly entities: number;
  readonly predicting: boolean;
  /** How many ticks ahead of the server the own entity is shown. */
  readonly leadTicks: number;
  readonly corrections: number;
  readonly lastCorrection: number;
  readonly largestCorrection: number;
  readonly reconnects: number;
}
