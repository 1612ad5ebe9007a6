import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StartupError } from './startup-error.ts';
import { loadWorlds } from './worlds.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'overworld-worlds-'));
  await writeGame('race', `export { lobby as default } from '@overworld/ruleset-lobby';`);
  await writeGame('broken', 'throw new Error("not today");');
  await mkdir(join(folder, 'empty'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeGame(name: string, source: string): Promise<void> {
  const file = join(folder, name, 'ruleset.mjs');
  await mkdir(join(folder, name), { recursive: true });
  const lobby = import.meta.resolve('@overworld/ruleset-lobby');
  await writeFile(file, source.replace('@overworld/ruleset-lobby', lobby));
}

const namesOf = async (...wanted: string[]): Promise<string[]> =>
  (await loadWorlds(folder, wanted)).worlds.map(({ name }) => name);

describe('the worlds of an installation', () => {
  it('are those in the box and all in the folder of games', async () => {
    expect((await loadWorlds(join(folder, 'empty'))).worlds.map(({ name }) => name)).toEqual([
      'forest',
      'lobby',
    ]);
  });

  it('are those that are wanted, and nothing else is loaded', async () => {
    expect(await namesOf('race')).toEqual(['race']);
    expect(await namesOf('forest', 'race')).toEqual(['forest', 'race']);
    const { rulesets } = await loadWorlds(folder, ['forest']);
    expect([...rulesets.keys()]).toEqual(['forest']);
  });

  it('are not started with one that is broken, or that nobody knows', async () => {
    await expect(namesOf()).rejects.toThrow('the game broken cannot be loaded: not today');
    await expect(namesOf('rally')).rejects.toThrow(
      new StartupError('OVERWORLD_WORLDS names rally, and there are only forest, lobby, broken, race'),
    );
  });

  it('have rulesets of different names', async () => {
    await expect(namesOf('lobby', 'race')).rejects.toThrow('which another world has already');
  });
});
