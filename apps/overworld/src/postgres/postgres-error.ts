/** The embedded PostgreSQL cannot be used. The message is one line, fit for the terminal. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
}
