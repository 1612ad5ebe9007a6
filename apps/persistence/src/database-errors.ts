import type { Refusal } from '@overworld/contracts';
import { QueryFailedError } from 'typeorm';

/** Classes of SQLSTATE: the data cannot be stored, whoever tries and however often. */
const DATA_CLASSES = new Set(['22', '23']);
/** No connection, transaction rolled back by a deadlock, too many connections, out of resources, shutting down. */
const AWAY_CLASSES = new Set(['08', '40', '53', '57', '58']);

/** True when the same statement with the same values would fail again. */
export function isDataError(error: unknown): boolean {
  const state = stateOf(error);
  return state !== undefined && DATA_CLASSES.has(state.slice(0, 2));
}

/** True when the database could not be asked; later it may be. */
export function isAway(error: unknown): boolean {
  const state = stateOf(error);
  if (state !== undefined) return AWAY_CLASSES.has(state.slice(0, 2));
  return error instanceof Error && /connect|ECONN|terminat|timeout|Driver not Connected/i.test(error.message);
}

/** The answer to a call, or `busy` when the database is out of reach. Mistakes of the program stay exceptions. */
export async function orBusy<Answer>(work: () => Promise<Answer>): Promise<Answer | Refusal> {
  try {
    return await work();
  } catch (error) {
    if (!isAway(error)) throw error;
    return { refused: 'busy', detail: 'the database is out of reach: try again in a moment' };
  }
}

function stateOf(error: unknown): string | undefined {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : error;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  return /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
