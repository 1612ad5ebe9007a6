const LOOK_MS = 50;
const TIMEOUT_MS = 30_000;

/** Waits until a probe says something that is true, and returns it; throws with `what` when it does not in time. */
export async function until<T>(
  what: string,
  probe: () => Promise<T>,
  timeoutMs = TIMEOUT_MS,
): Promise<NonNullable<T>> {
  const deadlineMs = performance.now() + timeoutMs;
  while (performance.now() < deadlineMs) {
    const found = await probe();
    if (found) return found as NonNullable<T>;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new Error(`${what}: not within ${timeoutMs} ms`);
}
