import { describe, expect, it } from 'vitest';
import { findImpurities } from './purity-rules.ts';
import { isTest, projectSources } from './sources.ts';
import { describeFindings } from './syntax.ts';

const exactLibs = ['kernel', 'state', 'ruleset', 'zone', 'rulesets'];
const pureLibs = [...exactLibs, 'protocol', 'ports', 'contracts', 'replication', 'client'];
// The zone's actor waits for its journal; what it steps does not wait.
const asynchronousLibs = ['zone'];
// These fill the ports of the client's core: its socket and its clock.
const clientEdges = /^libs\/client\/src\/(browser|node|socket-io|web-ports)\.ts$/;

function libOf(file: string): string {
  return file.startsWith('games/') ? 'rulesets' : (/^libs\/([^/]+)\//.exec(file)?.[1] ?? '');
}

const exact = { exact: true, asynchronous: false };

function messages(text: string, options = exact): string[] {
  return findImpurities({ path: 'snippet.ts', text }, options).map((finding) => finding.message);
}

describe('the sources', () => {
  it('of the pure libraries use nothing ambient, and of the simulation nothing inexact', () => {
    const files = projectSources().filter(
      (file) => pureLibs.includes(libOf(file.path)) && !isTest(file.path) && !clientEdges.test(file.path),
    );
    expect(files.length).toBeGreaterThan(10);
    const findings = files.flatMap((file) => {
      const lib = libOf(file.path);
      const options = { exact: exactLibs.includes(lib), asynchronous: asynchronousLibs.includes(lib) };
      return describeFindings(file, findImpurities(file, options));
    });
    expect(findings).toEqual([]);
  });
});

describe('the rules go red', () => {
  it.each([
    'const roll = Math.random();',
    'const now = Date.now();',
    'const now = new Date();',
    'const started = performance.now();',
    'setTimeout(() => {}, 10);',
    'const timer = { setInterval };',
    'const clock = globalThis;',
    'process.exit(1);',
    'const text = amount.toLocaleString();',
    "const text = amount['toLocaleString']();",
    'names.sort((left, right) => left.localeCompare(right));',
    'const { random } = Math;',
    "const roll = Math['random']();",
    'const maths = Math;',
    'class Clock extends Date {}',
    'function roll(seed = Math.random()): number { return seed; }',
  ])('everywhere in pure code on: %s', (text) => {
    expect(messages(text, { exact: false, asynchronous: true })).toHaveLength(1);
  });

  it.each([
    'sin',
    'cos',
    'tan',
    'asin',
    'acos',
    'atan',
    'atan2',
    'pow',
    'exp',
    'log',
    'log2',
    'hypot',
    'cbrt',
  ])('in the simulation on Math.%s', (name) => {
    expect(messages(`const value = Math.${name}(1, 2);`)).toHaveLength(1);
    expect(messages(`const value = Math.${name}(1, 2);`, { exact: false, asynchronous: true })).toEqual([]);
  });

  it.each([
    'const area = side ** 2;',
    'area **= 2;',
    'for (const key in table) use(key);',
    'async function load() {}',
    'const loaded = Promise.resolve(1);',
    'const held = new WeakRef(entity);',
  ])('in the simulation on: %s', (text) => {
    expect(messages(text)).toHaveLength(1);
  });

  it.each([
    'const root = Math.sqrt(x * x + y * y) + Math.floor(Math.PI);',
    'interface Times { Date: number; process(): void; }',
    'const options = { process: 1, Date: 2 };',
    'const value = zone.process.console;',
    'class Body { process(): void {} }',
    'const angle = sin(1) + maths.sin(1);',
    'export type { Date } from "./date.ts";',
  ])('and stay green on: %s', (text) => {
    expect(messages(text)).toEqual([]);
  });

  it('but let the actor wait', () => {
    expect(
      messages('async function open() { await append(); }', { exact: true, asynchronous: true }),
    ).toEqual([]);
  });
});
