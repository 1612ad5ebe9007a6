import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompiledServices, compileServices } from './compiled-services.ts';
import { SERVICE_KINDS } from './service-process.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const GAME = join(ROOT, 'scripts', 'ruleset-template', 'ruleset.ts');
/** Says which ruleset library a game got, seen from a module that was compiled beside it. */
const PRELOAD = `
import { defineRuleset } from '@overworld/ruleset';
(globalThis as { seen?: unknown }).seen = defineRuleset;
`;

let folder: string;
let compiled: CompiledServices;

beforeAll(async () => {
  // Inside of the checkout, where the libraries are found.
  await mkdir(join(ROOT, '.cache', 'test'), { recursive: true });
  folder = await mkdtemp(join(ROOT, '.cache', 'test', 'compiled-'));
  await mkdir(join(folder, 'games', 'pond'), { recursive: true });
  await copyFile(GAME, join(folder, 'games', 'pond', 'ruleset.ts'));
  await writeFile(join(folder, 'preload.ts'), PRELOAD);
  compiled = await compileServices({
    root: ROOT,
    games: join(folder, 'games'),
    preloads: [join(folder, 'preload.ts')],
  });
});

afterAll(async () => {
  await compiled.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('compiled services', () => {
  it.each(SERVICE_KINDS)('runs the %s service without the sources', async (kind) => {
    const { stdout } = await run(process.execPath, [compiled.entry(kind), '--help'], { cwd: folder });
    expect(stdout).toContain('OVERWORLD_NATS_URL');
  });

  it('compiles games and preloads together with the services', async () => {
    const preload = compiled.preload(join(folder, 'preload.ts'));
    const game = join(compiled.games, 'pond', 'ruleset.mjs');
    const script = `
      await import(${JSON.stringify(preload)});
      const game = await import(${JSON.stringify(game)});
      const again = globalThis.seen({ ...game.default.definition });
      console.log(typeof game.default.name, again.codeHash === game.default.codeHash);
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stdout.trim()).toBe('string true');
  });

  it('says what does not compile', async () => {
    await mkdir(join(folder, 'broken', 'bog'), { recursive: true });
    await writeFile(join(folder, 'broken', 'bog', 'ruleset.ts'), 'export default {');
    const compiling = compileServices({ root: ROOT, games: join(folder, 'broken'), preloads: [] });
    await expect(compiling).rejects.toThrow('bog/ruleset.ts');
    // Only what is wanted has to.
    const sources = { root: ROOT, games: join(folder, 'broken'), worlds: ['forest'], preloads: [] };
    await (await compileServices(sources)).remove();
  });

  it('compiles for several clusters at once', async () => {
    const sources = { root: ROOT, games: join(folder, 'games'), preloads: [] };
    const several = await Promise.all([1, 2, 3].map(() => compileServices(sources)));
    expect(several.map((each) => existsSync(each.entry('shard')))).toEqual([true, true, true]);
    for (const each of several) await each.remove();
  });

  it('leaves nothing, not even of launchers that were killed', async () => {
    const abandoned = join(ROOT, '.cache', 'services', '4194305-1');
    await mkdir(abandoned, { recursive: true });
    const other = await compileServices({ root: ROOT, games: join(folder, 'games'), preloads: [] });
    expect([existsSync(abandoned), existsSync(other.entry('shard'))]).toEqual([false, true]);
    await other.remove();
    expect([existsSync(other.entry('shard')), existsSync(compiled.entry('shard'))]).toEqual([false, true]);
  });
});
