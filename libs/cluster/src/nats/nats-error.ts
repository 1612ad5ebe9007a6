/** Why the ports on NATS cannot be opened, or a read did not succeed: one line that names what to do, where there is something. */
export class NatsError extends Error {
  override readonly name = 'NatsError';
}
