// @ts-check
/*
 * Holds one PostgreSQL server for a parent process. It runs in a session of its own, so a Ctrl-C in the terminal reaches
 * the parent alone, and it stops the server when the parent asks for it or is gone, however that ended: then the channel
 * between them closes.
 *
 *   starting ──ready──▶ running ──stop, or the parent is gone──▶ stopping ──▶ exit
 *       ▲                  │ the server ended by itself
 *       └──────────────────┘
 *
 * Argument: JSON {command, words, folder, logFile, uid?, gid?}. Messages to the parent: {kind: 'ready'} and
 * {kind: 'failed', detail}; from the parent: {kind: 'stop'}.
 */
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const READY_POLL_MS = 10;
const READY_DEADLINE_MS = 30_000;
const RESTART_DELAY_MS = 250;
const MAX_RESTARTS = 20;
/** A fast shutdown writes a checkpoint; past this the server stops at once and recovers at its next start. */
const FAST_SHUTDOWN_MS = 1_000;
const IMMEDIATE_SHUTDOWN_MS = 2_000;

/** @type {{ command: string, words: string[], folder: string, logFile: string, uid?: number, gid?: number }} */
const task = JSON.parse(process.argv[2] ?? '{}');
const log = openSync(task.logFile, 'a', 0o600);
let isStopping = false;
let wasReady = false;
let restarts = 0;
/** @type {import('node:child_process').ChildProcess} */
let server;

/** @param {object} message */
function tell(message) {
  if (process.connected) process.send?.(message);
}

function start() {
  server = spawn(task.command, task.words, {
    stdio: ['ignore', log, log],
    cwd: task.folder,
    ...(task.uid === undefined ? {} : { uid: task.uid, gid: task.gid }),
  });
  server.once('error', (error) => ended(String(error)));
  server.once('exit', (code, signal) => ended(`it ended with ${signal ?? `code ${code}`}`));
  awaitReady(Date.now() + READY_DEADLINE_MS, server);
}

/** @param {string} detail */
function ended(detail) {
  if (isStopping) process.exit(0);
  restarts++;
  if (wasReady && restarts <= MAX_RESTARTS) {
    setTimeout(() => (isStopping ? process.exit(0) : start()), RESTART_DELAY_MS);
    return;
  }
  tell({ kind: 'failed', detail });
  process.exitCode = 1;
  process.disconnect?.();
}

/**
 * The server writes its state as the eighth line of its lock file.
 *
 * @param {number} deadlineMs
 * @param {import('node:child_process').ChildProcess} awaited
 */
function awaitReady(deadlineMs, awaited) {
  if (awaited !== server || awaited.exitCode !== null || awaited.signalCode !== null || isStopping) return;
  if (isReady()) {
    wasReady = true;
    restarts = 0;
    tell({ kind: 'ready' });
  } else if (Date.now() > deadlineMs) {
    tell({ kind: 'failed', detail: 'it was not ready in time' });
    stop();
  } else {
    setTimeout(() => awaitReady(deadlineMs, awaited), READY_POLL_MS);
  }
}

function isReady() {
  try {
    const lines = readFileSync(join(task.folder, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0]?.trim() === String(server.pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

function stop() {
  if (isStopping) return;
  isStopping = true;
  if (server.exitCode !== null || server.signalCode !== null) process.exit(0);
  server.kill('SIGINT');
  setTimeout(() => server.kill('SIGQUIT'), FAST_SHUTDOWN_MS);
  setTimeout(() => {
    server.kill('SIGKILL');
    process.exit(1);
  }, FAST_SHUTDOWN_MS + IMMEDIATE_SHUTDOWN_MS);
}

process.on('message', (message) => {
  if (typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'stop') stop();
});
process.on('disconnect', stop);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
start();
