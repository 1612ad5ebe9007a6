import { type Clock, pause } from '@overworld/ports';

/** The store stayed out of reach until the deadline. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const PAUSE_MS = 50;

/** The answer, or undefined when the call rejects or is not answered in time. A late answer is ignored. */
export async function withinTime<T>(
  clock: Clock,
  timeoutMs: number,
  call: Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  let cancel = (): void => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(timeoutMs, () => resolve(undefined));
  });
  const answer = call.then(
    (value) => ({ value }),
    () => undefined,
  );
  const first = await Promise.race([answer, late]);
  cancel();
  return first;
}

/** Calls again and again until an answer comes; throws `Unreachable` at the deadline. */
export async function reach<T>(
  clock: Clock,
  deadlineMs: number,
  timeoutMs: number,
  call: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const answer = await withinTime(clock, timeoutMs, call());
    if (answer !== undefined) return answer.value;
    if (clock.now() >= deadlineMs) throw new Unreachable('no answer before the deadline');
    await pause(clock, PAUSE_MS);
  }
}
