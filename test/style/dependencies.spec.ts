import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

function declared(): string[] {
  const manifests = ['package.json', ...globSync('{libs,libs/rulesets,apps}/*/package.json', { cwd: root })];
  const names = manifests.flatMap((file) => {
    const manifest = JSON.parse(readFileSync(path.join(root, file), 'utf8'));
    return Object.keys({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    });
  });
  return [...new Set(names)].filter((name) => !name.startsWith('@overworld/')).sort();
}

function described(): string[] {
  const text = readFileSync(path.join(root, 'docs/dependencies.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  return rows
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''))
    .sort();
}

it('every dependency is explained in docs/dependencies.md, and nothing else is', () => {
  expect(described()).toEqual(declared());
});
