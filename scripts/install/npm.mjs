// @ts-check
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fail, SetupError } from './failure.mjs';

// npm shows funding requests, audits and its own updates unless it is told not to; the package that Swagger's UI pulls in
// would report the installation to a third party.
const quietFlags = ['--no-fund', '--no-audit', '--no-update-notifier', '--loglevel=error'];
const quietEnvironment = { SCARF_ANALYTICS: 'false', DO_NOT_TRACK: '1' };

/**
 * Runs npm to its end. npm itself runs under the given Node, because it picks versions by the Node that runs it.
 * @param {string} node path of the Node to run npm with
 * @param {string[]} args
 * @param {{ cwd: string, title: string, remedy: string }} options `title` is shown while it runs, `remedy` when it fails
 */
export async function runNpm(node, args, { cwd, title, remedy }) {
  const progress = showProgress(title);
  const code = await spawnNpm(node, [...args, ...quietFlags], cwd).finally(progress.stop);
  if (code === 0) progress.finish();
  else fail(`npm ${args[0]} failed (exit code ${code}). ${remedy}`);
}

/**
 * @param {string} node
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<number>}
 */
function spawnNpm(node, args, cwd) {
  const script = npmScript();
  const env = {
    ...process.env,
    ...quietEnvironment,
    // npm stands beside the Node that it came with, which may be in no folder of PATH.
    PATH: [path.dirname(node), process.env.PATH ?? '', path.dirname(process.execPath)].join(path.delimiter),
  };
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] };
  const child = script
    ? spawn(node, [script, ...args], options)
    : spawn('npm', args, { ...options, shell: process.platform === 'win32' });
  return new Promise((resolve, reject) => {
    const missing = new SetupError('npm was not found. Install Node.js (it brings npm) and run this again.');
    child.once('error', () => reject(missing));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** The npm that started us, when npm did; yarn and pnpm set the same variable. */
function npmScript() {
  const script = process.env.npm_execpath;
  return script && path.basename(script) === 'npm-cli.js' ? script : undefined;
}

/** @param {string} title */
function showProgress(title) {
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  process.stderr.write(`overworld: ${title} ...\n`);
  const timer = setInterval(() => process.stderr.write(`overworld: ${title} ... ${seconds()} s\n`), 10_000);
  return {
    stop: () => clearInterval(timer),
    finish: () => process.stderr.write(`overworld: ${title}: finished after ${seconds()} s\n`),
  };
}
