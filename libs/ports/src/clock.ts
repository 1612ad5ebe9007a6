/** Time as a parameter. */
export interface Clock {
  /** Monotonic milliseconds, fractional, from an arbitrary origin. */
  now(): number;
  /** Milliseconds since the Unix epoch; may jump. */
  wall(): number;
  /** Calls back once after at least `delayMs`. Returns the function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}
