// @ts-check
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Runs one vitest project and counts its tests. A file that cannot be loaded is one failure, and so is an error outside
 * of any test; a skipped test is a failure too, because nobody would notice that it never runs again.
 * @param {string} project
 * @param {string} reportFile
 * @returns {Promise<{ passed: number, failed: number }>}
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
  const { passed, failed } = count(reportFile);
  return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
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

/** @param {string} reportFile */
function count(reportFile) {
  let report;
  try {
    report = JSON.parse(readFileSync(reportFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const files =
    /** @type {{ status: string, name: string, assertionResults: { status: string, fullName: string }[] }[]} */ (
      report.testResults
    );
  const tests = files.flatMap((file) => file.assertionResults);
  const broken = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  const passed = tests.filter((test) => test.status === 'passed').length;
  for (const test of tests) {
    if (test.status !== 'passed' && test.status !== 'failed') {
      process.stdout.write(`did not run (${test.status}): ${test.fullName}\n`);
    }
  }
  const failed = tests.length - passed + broken.length;
  if (passed + failed === 0) process.stdout.write('There are no tests in this step: that proves nothing.\n');
  return { passed, failed: passed + failed === 0 ? 1 : failed };
}
