// @ts-check

// npm passes a signal on that the terminal has sent to the whole group already; both arrive within milliseconds.
const repeatWindowMs = 500;
const parentPollMs = 250;

/**
 * Keeps this process alive until its child has ended, and passes signals on to it: each once. A Ctrl-C at a terminal
 * reaches the child without us (the terminal signals the whole process group), so it is not passed on.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} stops it
 */
export function forwardSignals(child) {
  const fromTerminal = Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);
  let lastForwardedMs = Number.NEGATIVE_INFINITY;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    if (signal === 'SIGINT' && fromTerminal) return;
    const nowMs = performance.now();
    if (nowMs - lastForwardedMs < repeatWindowMs) return;
    lastForwardedMs = nowMs;
    child.kill(signal);
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  const stopWatching = watchShell(() => forward('SIGTERM'));
  return () => {
    stopWatching();
    for (const signal of signals) process.removeListener(signal, forward);
  };
}

/**
 * npm runs a script through a shell and passes signals on to that shell only. When a SIGTERM ends the shell, the script
 * would go on without anybody who waits for it.
 * @param {() => void} onEnd
 * @returns {() => void} stops it
 */
function watchShell(onEnd) {
  const shell = process.ppid;
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return () => {};
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    onEnd();
  }, parentPollMs);
  return () => clearInterval(timer);
}
