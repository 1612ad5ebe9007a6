// @ts-check
// Runs one task of the project under Node 24 with the dependencies that package-lock.json names. Plain JavaScript without
// dependencies, because it is what brings Node 24 and the dependencies: it has to work on an empty checkout and on Node 20.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './install/dependencies.mjs';
import { fail, SetupError } from './install/failure.mjs';
import { ensureRuntime } from './install/runtime.mjs';
import { forwardSignals } from './install/signals.mjs';
import { describeTasks, findTask } from './tasks.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

async function main() {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(describeTasks());
    process.exitCode = name === undefined ? 2 : 0;
    return;
  }
  const task = findTask(name);
  if (!task) fail(`There is no task "${name}". "node scripts/run.mjs --help" lists them.`);
  process.chdir(root);
  const node = await ensureRuntime(root);
  await ensureDependencies(root, node);
  const file = task.command[0] ?? '';
  if (!existsSync(path.join(root, file)))
    fail(`The task "${name}" needs ${file}, which is not in this checkout.`);
  await runTask(node, task, args);
}

/**
 * @param {string} node
 * @param {import('./tasks.mjs').Task} task
 * @param {string[]} args
 */
async function runTask(node, task, args) {
  const flags = ['--disable-warning=ExperimentalWarning'];
  if (task.command[0]?.endsWith('.ts')) flags.push('--import', 'tsx');
  const child = spawn(node, [...flags, ...task.command, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}` },
  });
  const stopForwarding = forwardSignals(child);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
  });
  stopForwarding();
  if (signal) process.kill(process.pid, signal);
  else process.exitCode = code;
}

main().catch((error) => {
  process.stderr.write(
    error instanceof SetupError ? `overworld: ${error.message}\n` : `${error?.stack ?? error}\n`,
  );
  process.exitCode = 1;
});
