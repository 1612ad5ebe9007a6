/**
 * Stops on a programmer error. Never call it with a condition that depends on bytes from outside.
 *
 * @throws Error with `message` when `condition` is false.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`);
}

/** Marks a branch that the compiler proves dead; reaching it at run time is a programmer error and throws. */
export function unreachable(value: never): never {
  throw new Error(`unreachable value: ${String(value)}`);
}
