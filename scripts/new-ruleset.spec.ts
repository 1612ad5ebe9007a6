import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';

const script = path.join(import.meta.dirname, 'new-ruleset.mjs');

it.each([
  [[], 'Usage'],
  [['two', 'names'], 'Usage'],
  [['StarField'], 'for example: star-field'],
  [['star--field'], 'for example: star-field'],
  [['9lives'], 'for example: lives'],
  [['../escape'], 'for example: escape'],
  [['x'.repeat(41)], 'at most 40 characters'],
  [['forest'], 'comes with Overworld'],
])('refuses %j with one line that says what to do', (args, words) => {
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain(words);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});
