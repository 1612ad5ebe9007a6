// @ts-check

/** A failure that the user can do something about: shown as its one line, without a stack. */
export class SetupError extends Error {}

/**
 * @param {string} message one line that says what failed and what to do
 * @returns {never}
 */
export function fail(message) {
  throw new SetupError(message);
}
