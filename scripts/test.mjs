// @ts-check
// `npm test`: every check and every test. All steps run even when one fails; the last line is the sum of all of them.

import { rmSync } from 'node:fs';
import path from 'node:path';
import { installBrowser } from './checks/browser.mjs';
import { runCheck } from './checks/check.mjs';
import { steps } from './checks/steps.mjs';
import { runTests } from './checks/tests.mjs';

/**
 * @typedef {object} Result
 * @property {string} name
 * @property {number} passed
 * @property {number} failed
 * @property {number} seconds
 * @property {string[]} failures a line for each test that failed
 */

// The small checks run two at a time: a type checker keeps one core busy, and the machine may have no more than two.
const parallelChecks = 2;

const outputFolder = '.cache/test';
// What Node compiles, for all processes of a run: tests start hundreds, and most of a start is that.
const compileFolder = '.cache/compile';

async function main() {
  const chosen = chooseSteps(process.argv.slice(2));
  if (!chosen) return;
  for (const folder of [outputFolder, compileFolder]) rmSync(folder, { recursive: true, force: true });
  process.env.NODE_COMPILE_CACHE ??= path.resolve(compileFolder);
  const startedAt = performance.now();
  const checks = chosen.filter((step) => step.kind === 'check');
  const results = [...(await runPool(checks)), ...(await runInOrder(chosen))];
  report(chosen, results, (performance.now() - startedAt) / 1000);
}

/**
 * @param {string[]} names
 * @returns {import('./checks/steps.mjs').Step[] | undefined}
 */
function chooseSteps(names) {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name));
  if (unknown.length === 0)
    return names.length === 0 ? [...steps] : steps.filter((s) => names.includes(s.name));
  const list = steps.map((step) => `  ${step.name.padEnd(12)} ${step.about}`).join('\n');
  process.stdout.write(`Usage: npm test [-- steps]\n\nWithout names every step runs:\n${list}\n`);
  process.exitCode = names.includes('--help') ? 0 : 2;
  return undefined;
}

/**
 * @param {import('./checks/steps.mjs').Step[]} checks
 * @returns {Promise<Result[]>}
 */
async function runPool(checks) {
  const waiting = [...checks];
  /** @type {Result[]} */
  const results = [];
  const work = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const passed = await timed(step.name, () => runCheck(step));
      results.push(passed);
    }
  };
  await Promise.all(Array.from({ length: parallelChecks }, work));
  return results;
}

/**
 * @param {import('./checks/steps.mjs').Step[]} chosen
 * @returns {Promise<Result[]>}
 */
async function runInOrder(chosen) {
  /** @type {Result[]} */
  const results = [];
  for (const step of chosen) {
    if (step.kind === 'check') continue;
    process.stdout.write(`\n== ${step.name}: ${step.about}\n`);
    if (step.needsBrowser) await installBrowser();
    results.push(await timed(step.name, () => runTests(step.name, `${outputFolder}/${step.name}.json`)));
  }
  return results;
}

/**
 * @param {string} name
 * @param {() => Promise<{ passed: number, failed: number, output?: string, failures?: string[] }>} work
 * @returns {Promise<Result>}
 */
async function timed(name, work) {
  const startedAt = performance.now();
  const { passed, failed, output, failures = [] } = await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const verdict = failed === 0 ? 'ok' : 'FAILED';
  process.stdout.write(`== ${name}: ${verdict} (${seconds.toFixed(1)} s)\n`);
  if (failed > 0 && output) process.stdout.write(`${output.trimEnd()}\n`);
  return { name, passed, failed, seconds, failures };
}

/**
 * @param {import('./checks/steps.mjs').Step[]} chosen
 * @param {Result[]} results
 * @param {number} totalSeconds
 */
function report(chosen, results, totalSeconds) {
  process.stdout.write('\n');
  for (const step of chosen) {
    const result = results.find((candidate) => candidate.name === step.name);
    if (!result) continue;
    const verdict = result.failed === 0 ? 'ok    ' : 'FAILED';
    const counts = step.kind === 'check' ? '' : `${result.passed} passed, ${result.failed} failed`;
    process.stdout.write(
      `${verdict} ${step.name.padEnd(12)} ${result.seconds.toFixed(1).padStart(6)} s  ${counts}\n`,
    );
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  process.stdout.write(`total ${totalSeconds.toFixed(1)} s\n`);
  // Last, so that whoever sees only the end of a long log knows which.
  for (const line of results.flatMap((result) => result.failures)) process.stdout.write(`FAILED ${line}\n`);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
