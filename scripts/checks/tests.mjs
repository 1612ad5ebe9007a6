// @ts-check
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const MAX_GIST_CHARACTERS = 800;

/**
 * What vitest's JSON reporter says of one file.
 * @typedef {object} FileReport
 * @property {string} name
 * @property {string} status
 * @property {string} [message]
 * @property {{ status: string, fullName: string, failureMessages?: string[] }[]} assertionResults
 */

/**
 * Runs one vitest project and counts its tests. A file that cannot be loaded is one failure, and so is an error outside
 * of any test; a skipped test is a failure too, because nobody would notice that it never runs again.
 * @param {string} project
 * @param {string} reportFile
 * @returns {Promise<{ passed: number, failed: number, failures: string[] }>} `failures` has a line for each, as far as known
 */
export async function runTests(project, reportFile) {
  const args = [
    'run',
    `--project=${project}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
  ];
  const code = await runVitest(args);
  const { passed, failed, failures } = count(reportFile);
  if (failed > 0 || code === 0) return { passed, failed, failures };
  return { passed, failed: 1, failures: [`${project}: vitest ended with ${code}, though no test failed`] };
}

/**
 * @param {string[]} args
 * @returns {Promise<number>}
 */
function runVitest(args) {
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/**
 * @param {string} reportFile
 * @returns {{ passed: number, failed: number, failures: string[] }}
 */
function count(reportFile) {
  /** @type {FileReport[]} */
  let files;
  try {
    files = JSON.parse(readFileSync(reportFile, 'utf8')).testResults;
  } catch {
    return { passed: 0, failed: 1, failures: [`${reportFile}: the tests left no report`] };
  }
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const failures = files.flatMap(failuresIn);
  if (tests.length + failures.length > 0) return { passed, failed: failures.length, failures };
  return { passed, failed: 1, failures: ['there are no tests in this step: that proves nothing'] };
}

/**
 * One line for each test of a file that did not pass, or for the file when it could not be loaded.
 * @param {FileReport} file
 */
function failuresIn(file) {
  const path = relative(process.cwd(), file.name);
  const failed = file.assertionResults.filter((test) => test.status !== 'passed');
  const lines = failed.map((test) => {
    const hook = file.message ? `, ${gist(file.message)}` : '';
    const why = test.status === 'failed' ? test.failureMessages?.[0] : `did not run (${test.status})${hook}`;
    return `${path} > ${test.fullName}: ${gist(why)}`;
  });
  const isBroken = file.status === 'failed' && file.assertionResults.length === 0;
  return isBroken ? [`${path}: ${gist(file.message)}`] : lines;
}

/**
 * What an error says, without its stack, on one line. Of a long text its end is kept: there a program says why it stopped.
 * @param {string | undefined} text
 */
function gist(text) {
  const [message = ''] = (text ?? '').split(/\n\s+at /);
  const lines = message.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '');
  return said.join(' | ').slice(-MAX_GIST_CHARACTERS) || 'no error was given';
}
