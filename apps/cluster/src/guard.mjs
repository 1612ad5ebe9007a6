// @ts-check
/*
 * Ends the processes of a launcher that is gone, however it ended: then the channel between them closes, and what still
 * runs is killed. A stopped process could not end by itself. It runs in a session of its own, so that a Ctrl-C in the
 * terminal does not end it before its work is done.
 *
 * Messages from the parent: {kind: 'watch', pid}, {kind: 'forget', pid}.
 */
/** @type {Set<number>} */
const watched = new Set();

process.on('message', (message) => {
  const { kind, pid } = /** @type {{ kind: 'watch' | 'forget', pid: number }} */ (message);
  if (kind === 'watch') watched.add(pid);
  else watched.delete(pid);
});

process.on('disconnect', () => {
  for (const pid of watched) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  process.exit(0);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
