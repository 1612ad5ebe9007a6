/** A server cannot be found or started: one line that says what to do. */
export class ServersError extends Error {
  override readonly name = 'ServersError';
}
