/** The server cannot start, for a reason that its operator can do something about. The message is one line. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
