import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const page = read('docs/operations.md');

function missing(named: RegExp, from: string): string[] {
  const names = new Set([...page.matchAll(named)].map(([name]) => name));
  expect(names.size).toBeGreaterThan(4);
  return [...names].filter((name) => !from.includes(`\`${name}\``));
}

it('[ST40] every metric that operators are told to look at is one', () => {
  expect(missing(/\b(overworld|process)_[a-z_]+/g, read('docs/metrics.md'))).toEqual([]);
});

it('[ST41] every setting that operators are told to make is one', () => {
  expect(
    missing(/\bOVERWORLD_(?!JOURNAL|LEASES|BLOBS)[A-Z_]+[A-Z]\b(?<!_FILE)/g, read('docs/configuration.md')),
  ).toEqual([]);
});

it('[ST42] every line that operators are told to find in a log is written by something', () => {
  const files = globSync('apps/*/src/**/*.ts', { cwd: root, exclude: ['**/*.spec.ts'] });
  const sources = files.map((file) => read(file.replaceAll('\\', '/'))).join('\n');
  const quotes = page
    .replaceAll(/\s+/g, ' ')
    .matchAll(/(?<!detail=)"((?:the|a|an|effects|Redis) [^"=]{10,})"/g);
  const quoted = [...quotes].map(([, text = '']) => text);
  expect(quoted.length).toBeGreaterThan(10);
  expect(quoted.filter((text) => !sources.includes(text))).toEqual([]);
});

it('[ST43] what the page links to is there', () => {
  const targets = [...page.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = '']) => target);
  expect(targets.filter((target) => !existsSync(new URL(`docs/${target}`, root)))).toEqual([]);
});
