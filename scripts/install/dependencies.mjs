// @ts-check
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runNpm } from './npm.mjs';
import { withInstallLock } from './single.mjs';

/**
 * Makes node_modules match package-lock.json. A stamp in node_modules holds the hash of the lock file that it was made
 * from; without a fitting stamp npm's own record of what it installed is compared, and only a difference installs.
 * @param {string} root
 * @param {string} node
 */
export async function ensureDependencies(root, node) {
  const wanted = fingerprint(root);
  if (readStamp(root) === wanted) return;
  await withInstallLock(root, async () => {
    if (readStamp(root) === wanted) return;
    if (!isInstalled(root)) await install(root, node);
    writeFileSync(stampFile(root), fingerprint(root));
  });
}

/** @param {string} root */
function fingerprint(root) {
  const hash = createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
  return `${hash} ${process.platform} ${process.arch}\n`;
}

/** @param {string} root */
function stampFile(root) {
  return path.join(root, 'node_modules', '.overworld-install');
}

/** @param {string} root */
function readStamp(root) {
  try {
    return readFileSync(stampFile(root), 'utf8');
  } catch {
    return '';
  }
}

/**
 * Whether npm's record in node_modules names every package of the lock file in the same version, so that an installation
 * which the user made with npm is not made again.
 * @param {string} root
 */
function isInstalled(root) {
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  if (!installed || !wanted) return false;
  for (const [name, entry] of Object.entries(wanted)) {
    if (!name.includes('node_modules/')) continue;
    const present = installed[name];
    if (!present ? !entry.optional : present.version !== entry.version || present.link !== entry.link)
      return false;
    if (present && !existsSync(path.join(root, name))) return false;
  }
  return true;
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, link?: boolean, optional?: boolean }> | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @param {string} node
 */
async function install(root, node) {
  // `npm ci` refuses a workspace that the lock file does not know yet, which is the case after adding a game by hand.
  const command = lockKnowsEveryWorkspace(root) ? 'ci' : 'install';
  await runNpm(node, [command, '--include=dev'], {
    cwd: root,
    title: 'Installing the dependencies (about 430 MB on disk)',
    remedy: 'Check the network and the messages above, then run this again.',
  });
}

/** @param {string} root */
function lockKnowsEveryWorkspace(root) {
  const locked = readPackages(path.join(root, 'package-lock.json')) ?? {};
  const { workspaces } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  return workspaceFolders(root, workspaces).every((folder) => folder in locked);
}

/**
 * The folders that npm takes for workspaces; a pattern ends in `/*`.
 * @param {string} root
 * @param {string[]} patterns
 */
function workspaceFolders(root, patterns) {
  const parents = patterns.map((pattern) => pattern.replace(/\/\*$/, ''));
  return parents
    .filter((parent) => existsSync(path.join(root, parent)))
    .flatMap((parent) => readdirSync(path.join(root, parent)).map((name) => `${parent}/${name}`))
    .filter((folder) => existsSync(path.join(root, folder, 'package.json')));
}
