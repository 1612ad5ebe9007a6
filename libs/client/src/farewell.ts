import { OverworldError, refusalOf, textField } from './refusal.ts';

const MOST_WAIT_MS = 30_000;

/** Why a connection ends, and how long the server asks to stay away. */
export interface Farewell {
  readonly reason: string;
  readonly detail: string;
  readonly next: string;
  readonly afterMs: number;
}

export const NO_FAREWELL: Farewell = { reason: '', detail: '', next: '', afterMs: 0 };

/** Reasons to have left a zone that a new join cures. */
const REJOIN = new Set(['zone-unavailable', 'timeout', 'internal', 'draining']);

export function asRefusal(error: unknown): OverworldError {
  if (error instanceof OverworldError) return error;
  return new OverworldError('internal', error instanceof Error ? error.message : String(error));
}

export function farewellOf(error: unknown): Farewell {
  const { reason, detail, next } = asRefusal(error);
  return { reason, detail, next, afterMs: 0 };
}

/** Reads `closing`; `openForMs` is above 0 when there is time to go over to another server process. */
export function readClosing(value: unknown): { readonly farewell: Farewell; readonly openForMs: number } {
  const { reconnectAfterMs, openForMs } = value as { reconnectAfterMs?: unknown; openForMs?: unknown };
  const plain = farewellOf(refusalOf(value, 'the server closed the connection'));
  return { farewell: { ...plain, afterMs: waitOf(reconnectAfterMs) }, openForMs: waitOf(openForMs) };
}

/** Reads `left`: the seat is gone while the socket stands. */
export function readLeft(value: unknown): { readonly reason: string; readonly isCuredByJoin: boolean } {
  const reason = textField(value, 'reason') ?? 'kicked';
  return { reason, isCuredByJoin: REJOIN.has(reason) };
}

function waitOf(ms: unknown): number {
  return typeof ms === 'number' ? Math.min(MOST_WAIT_MS, ms) : 0;
}
