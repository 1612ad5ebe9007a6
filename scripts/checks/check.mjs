// @ts-check
import { spawn } from 'node:child_process';

/**
 * Runs the commands of a check, keeping what they print for the case of a failure.
 * @param {import('./steps.mjs').Step} step
 * @returns {Promise<{ passed: number, failed: number, output: string }>}
 */
export async function runCheck(step) {
  let output = '';
  let failed = 0;
  for (const command of step.commands ?? []) {
    const run = await runNode(command);
    output += run.output;
    if (run.code !== 0) failed = 1;
  }
  return { passed: 1 - failed, failed, output };
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<{ code: number, output: string }>}
 */
function runNode(args) {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  /** @type {Buffer[]} */
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }),
    );
  });
}
