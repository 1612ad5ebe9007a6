import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { World } from '@overworld/contracts';
import type { AnyRuleset } from '@overworld/ruleset';
import { forest } from '@overworld/ruleset-forest';
import { lobby } from '@overworld/ruleset-lobby';
import { StartupError } from './startup-error.ts';

export interface WorldSet {
  readonly worlds: readonly World[];
  readonly rulesets: ReadonlyMap<string, AnyRuleset>;
}

/** Two forests, with a gate from each to the other. */
const FOREST: World = {
  name: 'forest',
  title: 'Forest',
  ruleset: forest.name,
  entry: 'forest-1',
  zones: [
    { id: 'forest-1', params: { map: 'forest-1', gate: { x: 560, y: 480, to: 'forest-2' } } },
    { id: 'forest-2', params: { map: 'forest-2', gate: { x: 440, y: 520, to: 'forest-1' } } },
  ],
};

/** Its zones are made by players. */
const LOBBY: World = { name: 'lobby', title: 'Lobby', ruleset: lobby.name, zones: [] };

const GAME_FILES = ['ruleset.ts', 'ruleset.mjs'];

const IN_THE_BOX = [
  { world: FOREST, ruleset: forest },
  { world: LOBBY, ruleset: lobby },
];

/**
 * The worlds in the box, and one for every `<name>/ruleset.ts` (or compiled `ruleset.mjs`) in the games folder; of them those that
 * are wanted, or all when none is named. What is not wanted is not loaded.
 */
export async function loadWorlds(gamesFolder: string, wanted: readonly string[] = []): Promise<WorldSet> {
  const games = gamesIn(resolve(gamesFolder));
  const names = [...IN_THE_BOX.map(({ world }) => world.name), ...games.map(({ name }) => name)];
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new StartupError(`OVERWORLD_WORLDS names ${unknown}, and there are only ${names.join(', ')}`);
  const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  const inTheBox = IN_THE_BOX.filter(({ world }) => isWanted(world.name));
  const worlds: World[] = inTheBox.map(({ world }) => world);
  const rulesets = new Map<string, AnyRuleset>(inTheBox.map(({ ruleset }) => [ruleset.name, ruleset]));
  for (const { name, file } of games.filter((game) => isWanted(game.name))) {
    const ruleset = await loadRuleset(name, file);
    if (rulesets.has(ruleset.name)) {
      throw new StartupError(`${file} has the ruleset name ${ruleset.name}, which another world has already`);
    }
    rulesets.set(ruleset.name, ruleset);
    worlds.push(worldOf(name, ruleset));
  }
  return { worlds, rulesets };
}

function gamesIn(folder: string): { name: string; file: string }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const file = GAME_FILES.map((each) => join(folder, name, each)).find((each) => existsSync(each));
      return file === undefined ? [] : [{ name, file }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function loadRuleset(name: string, file: string): Promise<AnyRuleset> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    throw new StartupError(`the game ${name} cannot be loaded: ${firstLine(error)} (${file})`);
  }
  if (!isRuleset(loaded.default)) {
    throw new StartupError(`the game ${name} has no ruleset: ${file} must export one as its default`);
  }
  return loaded.default;
}

function isRuleset(value: unknown): value is AnyRuleset {
  return typeof value === 'object' && value !== null && 'wire' in value && 'codeHash' in value;
}

function worldOf(name: string, ruleset: AnyRuleset): World {
  const zone = `${name}-1`;
  return {
    name,
    title: titleOf(name),
    ruleset: ruleset.name,
    entry: zone,
    zones: [{ id: zone, params: {} }],
  };
}

function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What went wrong; the compiler says only on its second line where. */
function firstLine(error: unknown): string {
  const [line = '', where = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.endsWith(':') ? `${line} ${where.trim()}` : line;
}
