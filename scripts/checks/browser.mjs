// @ts-check
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';

const aptEnvironment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

/**
 * Makes sure that there is a Chromium for the end-to-end tests. Where it cannot be installed this says what to do, and
 * the tests that need it fail by themselves.
 */
export async function installBrowser() {
  if (isOnPath('chromium')) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !existsSync('/etc/debian_version') || !isOnPath('apt-get')) {
    return explain('install it (on Debian: sudo apt-get install chromium)');
  }
  process.stdout.write('Chromium is missing: installing the package "chromium" (about 300 MB) ...\n');
  const commands = [
    ['update', '-q'],
    ['install', '-y', '-q', '--no-install-recommends', 'chromium'],
  ];
  for (const args of commands) {
    const { status } = spawnSync('apt-get', args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: aptEnvironment,
    });
    if (status !== 0) return explain(`apt-get ${args[0]} failed: see above`);
  }
}

/** @param {string} remedy */
function explain(remedy) {
  process.stdout.write(`The browser tests will fail: there is no "chromium" on this machine; ${remedy}.\n`);
}

/** @param {string} command */
function isOnPath(command) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
