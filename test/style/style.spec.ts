import { describe, expect, it } from 'vitest';
import { projectSources } from './sources.ts';
import { findStyleFaults } from './style-rules.ts';
import { describeFindings } from './syntax.ts';

function messages(path: string, text: string): string[] {
  return findStyleFaults({ path, text }).map((finding) => finding.message);
}

describe('the sources', () => {
  it('follow the house style', () => {
    const files = projectSources();
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap((file) => describeFindings(file, findStyleFaults(file)))).toEqual([]);
  });
});

describe('the rules go red', () => {
  it.each([
    ['a long file', 'libs/zone/src/actor.ts', 'export {};\n'.repeat(501)],
    ['a vague file name', 'libs/zone/src/helpers.ts', ''],
    ['a vague folder', 'libs/common/src/actor.ts', ''],
    ['a vague suffix', 'libs/zone/src/zone-manager.ts', ''],
    ['camel case in a file name', 'libs/zone/src/zoneActor.ts', ''],
    ['unfinished work', 'libs/zone/src/actor.ts', `// ${'TO'}${'DO'}: finish\nexport {};`],
    ['a promise to do it later', 'libs/zone/src/actor.ts', 'const tick = 1; // enough for now\n'],
    ['a skipped test', 'libs/zone/src/actor.spec.ts', "it.skip('ticks', () => {});"],
    ['a focused suite', 'libs/zone/src/actor.spec.ts', "describe.only('ticks', () => {});"],
    ['a conditional test', 'test/e2e/door.spec.ts', "it.skipIf(!browser)('opens', () => {});"],
    ['a test that waits to be written', 'libs/zone/src/actor.sim.ts', "test.todo('ticks');"],
    ['a star export', 'libs/zone/src/index.ts', "export * from './actor.ts';"],
    ['a god class', 'libs/zone/src/actor.ts', 'class ZoneManager {}'],
    ['a long function', 'libs/zone/src/actor.ts', `function run() {${'\n  step();'.repeat(70)}\n}`],
    ['a hidden setting', 'apps/shard/src/main.ts', 'const port = process.env.PORT;'],
  ])('on %s', (_what, path, text) => {
    expect(messages(path, text)).toHaveLength(1);
  });

  it('and stay green on ordinary code', () => {
    const text =
      '/** Steps a zone. */\nexport function step(tick: number): number {\n  return tick + 1;\n}\n';
    expect(messages('libs/zone/src/actor.ts', text)).toEqual([]);
  });
});
