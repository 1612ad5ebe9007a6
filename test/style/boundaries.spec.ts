import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const cruise = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
const config = path.join(root, '.dependency-cruiser.mjs');

/** A small project whose files break the rules of who may import whom, one each. */
const files: Record<string, string> = {
  'libs/kernel/src/index.ts': "export { tick } from './tick.ts';",
  'libs/kernel/src/tick.ts': 'export const tick = 1;',
  'libs/kernel/src/upward.ts': "import { state } from '@overworld/state';\nexport const upward = state;",
  'libs/kernel/src/node.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;",
  'libs/kernel/src/own-index.ts': "import { tick } from './index.ts';\nexport const again = tick;",
  'libs/kernel/src/left.ts': "import { right } from './right.ts';\nexport const left = (): unknown => right;",
  'libs/kernel/src/right.ts': "import { left } from './left.ts';\nexport const right = (): unknown => left;",
  'libs/kernel/src/nowhere.ts': "import { gone } from './gone.ts';\nexport const nowhere = gone;",
  'libs/state/src/index.ts': 'export const state = 1;',
  'libs/state/src/back-door.ts':
    "import { tick } from '../../kernel/src/tick.ts';\nexport const stolen = tick;",
  'libs/state/src/nest.ts': "import { Module } from '@nestjs/common';\nexport const module = Module;",
  'libs/testkit/src/index.ts': 'export const fake = 1;',
  'libs/cluster/src/index.ts': "import { fake } from '@overworld/testkit';\nexport const bus = fake;",
  'apps/gateway/src/index.ts': 'export const gateway = 1;',
  'apps/shard/src/index.ts': "import { gateway } from '@overworld/gateway';\nexport const shard = gateway;",
  'apps/overworld/src/index.ts': "import { gateway } from '@overworld/gateway';\nexport const all = gateway;",
};

const packages = [
  'libs/kernel',
  'libs/state',
  'libs/testkit',
  'libs/cluster',
  'apps/gateway',
  'apps/shard',
  'apps/overworld',
];
let folder = '';

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'boundaries-'));
  for (const [file, text] of Object.entries(files)) write(file, `${text}\n`);
  write(
    'tsconfig.json',
    '{ "compilerOptions": { "module": "nodenext", "allowImportingTsExtensions": true } }',
  );
  write('node_modules/@nestjs/common/package.json', '{ "name": "@nestjs/common", "main": "index.js" }');
  write('node_modules/@nestjs/common/index.js', 'exports.Module = 1;');
  mkdirSync(path.join(folder, 'node_modules/@overworld'));
  for (const location of packages) {
    const name = `@overworld/${path.basename(location)}`;
    write(
      `${location}/package.json`,
      JSON.stringify({ name, type: 'module', exports: { '.': './src/index.ts' } }),
    );
    symlinkSync(path.join(folder, location), path.join(folder, 'node_modules', name));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('every rule of who may import whom goes red', () => {
  const args = [cruise, '--config', config, '--output-type', 'json', 'libs', 'apps'];
  const { stdout } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const { violations } = JSON.parse(stdout).summary as {
    violations: { from: string; rule: { name: string } }[];
  };
  const found = new Set(
    violations.map(
      ({ from, rule }) =>
        `${path.basename(path.dirname(path.dirname(from)))}/${path.basename(from)} ${rule.name}`,
    ),
  );
  expect([...found].sort()).toEqual([
    'cluster/index.ts layer-cluster',
    'cluster/index.ts testkit-in-tests',
    'kernel/left.ts no-cycle',
    'kernel/node.ts pure-no-node',
    'kernel/nowhere.ts resolvable',
    'kernel/own-index.ts own-index-libs/kernel',
    'kernel/upward.ts layer-kernel',
    'shard/index.ts apps-apart',
    'state/back-door.ts front-door-libs/kernel',
    'state/nest.ts nest-in-server-apps',
    'state/nest.ts pure-no-package',
  ]);
});
