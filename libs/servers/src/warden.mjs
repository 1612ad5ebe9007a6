// @ts-check
/*
 * Runs server programs for one parent process, and kills all of them when that is gone, however it ended: then the channel
 * between the two closes. It has a session of its own, so a Ctrl-C in the terminal reaches the parent alone.
 *
 * From the parent:  {kind: 'start', id, command, words, folder, logFile, environment}   {kind: 'signal', id, signal}
 * To the parent:    {kind: 'started', id, pid}   {kind: 'exited', id, detail}
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** @type {Map<number, import('node:child_process').ChildProcess>} */
const children = new Map();

/** @param {object} message */
function tell(message) {
  if (process.connected) process.send?.(message);
}

/** @param {{ id: number, command: string, words: string[], folder: string, logFile: string, environment: Record<string, string> }} task */
function start({ id, command, words, folder, logFile, environment }) {
  const log = openSync(logFile, 'a', 0o600);
  // `env` becomes the program itself: the process id stays.
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const [file = command, ...rest] =
    settings.length === 0 ? [command, ...words] : ['env', ...settings, command, ...words];
  const child = spawn(file, rest, { cwd: folder, stdio: ['ignore', log, log] });
  closeSync(log);
  children.set(id, child);
  child.once('spawn', () => tell({ kind: 'started', id, pid: child.pid }));
  child.once('error', (error) => ended(id, error.message));
  child.once('exit', (code, signal) => ended(id, `it ended with ${signal ?? `code ${code}`}`));
}

/**
 * @param {number} id
 * @param {string} detail
 */
function ended(id, detail) {
  if (children.delete(id)) tell({ kind: 'exited', id, detail });
}

process.on('message', (/** @type {any} */ message) => {
  if (message.kind === 'start') start(message);
  else children.get(message.id)?.kill(message.signal);
});
process.on('disconnect', () => {
  for (const child of children.values()) child.kill('SIGKILL');
  process.exit(0);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
