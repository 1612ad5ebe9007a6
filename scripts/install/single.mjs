// @ts-check
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 250;
const takeoverLimitMs = 10_000;

/**
 * Lets one process at a time install. The lock is a file with the process id of its holder; the lock of a process that
 * died is taken over.
 * @template T
 * @param {string} root
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withInstallLock(root, work) {
  const folder = path.join(root, '.runtime');
  const file = path.join(folder, 'install.lock');
  mkdirSync(folder, { recursive: true });
  let announced = false;
  while (!tryLock(file)) {
    if (!announced) process.stderr.write('overworld: another process is installing, waiting for it ...\n');
    announced = true;
    await delay(pollMs);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/** @param {string} file */
function tryLock(file) {
  try {
    writeFileSync(file, `${process.pid}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  removeIfAbandoned(file);
  return false;
}

/**
 * Removes the lock of a process that died. Of several processes that notice it one does so at a time, and looks again
 * before: otherwise the second would remove the lock that the first has just taken.
 * @param {string} file
 */
function removeIfAbandoned(file) {
  if (!isAbandoned(file)) return;
  const turn = `${file}.takeover`;
  try {
    writeFileSync(turn, '', { flag: 'wx' });
  } catch {
    if (ageMs(turn) > takeoverLimitMs) rmSync(turn, { force: true });
    return;
  }
  if (isAbandoned(file)) rmSync(file, { force: true });
  rmSync(turn, { force: true });
}

/** @param {string} file */
function isAbandoned(file) {
  try {
    // An empty file belongs to a holder between creating and writing it: the next poll sees its id.
    const holder = Number(readFileSync(file, 'utf8'));
    return holder > 0 ? !isAlive(holder) : ageMs(file) > takeoverLimitMs;
  } catch {
    return false;
  }
}

/** @param {string} file */
function ageMs(file) {
  const modifiedMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  return modifiedMs === undefined ? 0 : Date.now() - modifiedMs;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
