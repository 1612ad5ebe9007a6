import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

it('[ST30] the ruleset in the README is the example that the tests run, and is under 60 lines', () => {
  const example = read('docs/examples/meadow.ts').trim();
  expect(read('README.md')).toContain(`\`\`\`ts\n${example}\n\`\`\``);
  expect(example.split('\n').length).toBeLessThan(60);
});

it('[ST31] what README, ARCHITECTURE and the guide link to is there', () => {
  const missing: string[] = [];
  for (const page of ['README.md', 'ARCHITECTURE.md', 'docs/ruleset-guide.md']) {
    const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (target.includes('://')) continue;
      if (!existsSync(new URL(folder + target, root))) missing.push(`${page}: ${target}`);
    }
  }
  expect(missing).toEqual([]);
});

it('[ST32] every command that the README names is a script', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: { readonly [name: string]: string } };
  const named = [...read('README.md').matchAll(/npm (?:run )?([a-z][a-z-]*)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
