// @ts-check
import { existsSync } from 'node:fs';

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} about
 * @property {'check' | 'tests'} kind a check passes or fails as a whole; tests are the vitest project of the same name
 * @property {readonly (readonly string[])[]} [commands] of a check: scripts for Node with their arguments, run in order
 * @property {boolean} [needsBrowser]
 */

const biome = 'node_modules/@biomejs/biome/bin/biome';
const tsc = 'node_modules/typescript/bin/tsc';
const cruise = 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs';
const sources = ['libs', 'apps', 'games', 'test', 'scripts', 'bench'].filter((folder) => existsSync(folder));

/** @type {readonly Step[]} */
export const steps = [
  {
    name: 'types',
    about: 'the type checker over everything',
    kind: 'check',
    commands: [[tsc, '--noEmit', '-p', 'tsconfig.json']],
  },
  {
    name: 'purity',
    about: 'levels 0 to 3 build against the ES library alone',
    kind: 'check',
    commands: [[tsc, '--noEmit', '-p', 'tsconfig.pure.json']],
  },
  { name: 'format', about: 'the layout', kind: 'check', commands: [[biome, 'format', '.']] },
  {
    name: 'lint',
    about: 'the linter',
    kind: 'check',
    commands: [[biome, 'lint', '--error-on-warnings', '--max-diagnostics=100', '.']],
  },
  {
    name: 'boundaries',
    about: 'who may import whom',
    kind: 'check',
    commands: [[cruise, '--config', '.dependency-cruiser.mjs', ...sources]],
  },
  {
    name: 'dead-code',
    about: 'files, exports and dependencies that nothing uses',
    kind: 'check',
    commands: [['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints']],
  },
  { name: 'style', about: 'determinism of pure code, sizes, names', kind: 'tests' },
  { name: 'unit', about: 'units, properties, contracts', kind: 'tests' },
  { name: 'sim', about: 'simulated worlds', kind: 'tests' },
  { name: 'bench', about: 'every benchmark, for a second: whether it works', kind: 'tests' },
  {
    name: 'cluster',
    about: 'the ports on a cluster of three NATS servers, and on one that dies',
    kind: 'tests',
  },
  { name: 'chaos', about: 'a cluster of real processes, broken while bots play', kind: 'tests' },
  { name: 'e2e', about: 'real processes and browsers', kind: 'tests', needsBrowser: true },
];
