/**
 * Why something did not work: a reason from the protocol's closed set, or one of the client's own: `unreachable` (nobody
 * answered) and `closed` (the game was closed meanwhile). `next` is a sentence for the player: what to do about it.
 */
export class OverworldError extends Error {
  override readonly name = 'OverworldError';
  readonly reason: string;
  readonly detail: string;
  readonly next: string;

  constructor(reason: string, detail: string, next = '') {
    super(`${reason}: ${detail}`);
    this.reason = reason;
    this.detail = detail;
    this.next = next;
  }
}

export function unreachable(detail: string): OverworldError {
  return new OverworldError(
    'unreachable',
    detail,
    'Check that the server runs and that its address is right.',
  );
}

export function textField(value: unknown, field: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found = (value as { [key: string]: unknown })[field];
  return typeof found === 'string' ? found : undefined;
}

/** Reads `{reason, detail, next}` from an answer that came from outside. */
export function refusalOf(value: unknown, fallback: string): OverworldError {
  return new OverworldError(
    textField(value, 'reason') ?? 'internal',
    textField(value, 'detail') ?? fallback,
    textField(value, 'next') ?? '',
  );
}

/** Reasons after which trying again with the same session cannot help. */
const FINAL = new Set([
  'session-revoked',
  'replaced',
  'kicked',
  'origin-forbidden',
  'protocol-mismatch',
  'unknown-world',
  'unknown-zone',
  'lobby-unknown',
]);

export function isFinal(reason: string): boolean {
  return FINAL.has(reason);
}
