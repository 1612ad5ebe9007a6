import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CrowdOptions } from '../peers/crowd.ts';

const SOURCE = fileURLToPath(new URL('../peers/crowd.ts', import.meta.url));

/** Processes of a cluster find their worlds in a folder of games: one crowd for each of these. Returns the folder. */
export async function writeCrowdGames(
  folder: string,
  crowds: readonly (CrowdOptions & { readonly name: string })[],
): Promise<string> {
  const games = join(folder, 'games');
  for (const options of crowds) {
    await mkdir(join(games, options.name), { recursive: true });
    const lines = [
      `import { defineCrowd } from ${JSON.stringify(SOURCE)};`,
      `export default defineCrowd(${JSON.stringify(options)});`,
    ];
    await writeFile(join(games, options.name, 'ruleset.ts'), `${lines.join('\n')}\n`);
  }
  return games;
}
