import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withInstallLock } from './single.mjs';

let root = '';
let lock = '';

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'install-'));
  lock = path.join(root, '.runtime/install.lock');
  mkdirSync(path.dirname(lock));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

it('lets one install at a time', async () => {
  const order: string[] = [];
  const install = (name: string) =>
    withInstallLock(root, async () => {
      order.push(`${name} starts`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${name} ends`);
    });
  await Promise.all([install('first'), install('second')]);
  expect(order).toEqual(['first starts', 'first ends', 'second starts', 'second ends']);
  expect(existsSync(lock)).toBe(false);
});

it('gives the lock back after a failure', async () => {
  const failing = withInstallLock(root, async () => {
    throw new Error('no network');
  });
  await expect(failing).rejects.toThrow('no network');
  expect(existsSync(lock)).toBe(false);
});

it('takes over the lock of a process that died', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  writeFileSync(lock, `${pid}`);
  expect(await withInstallLock(root, async () => 'done')).toBe('done');
});
