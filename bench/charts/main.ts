import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isSmoke, readResults, resultsFile } from '../results.ts';
import type { ScaleResults } from '../scale/scale-results.ts';
import { draw } from './chart.ts';
import {
  type PartResults,
  type PeerResults,
  peerPictures,
  type Picture,
  replicationPictures,
  scalePictures,
} from './pictures.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = isSmoke ? '.cache/bench/charts' : 'docs/img/performance';

const USAGE = `Usage: npm run bench -- charts

Draws the pictures of docs/performance.md from what lies in bench/results: it measures nothing. What is missing there is named,
with the command that makes it.
`;

/** Where results come from, and what is drawn from them. */
interface Source {
  readonly name: string;
  readonly command: string;
  pictures(): readonly Picture[] | undefined;
}

function source<Found>(name: string, command: string, draws: (found: Found) => readonly Picture[]): Source {
  const pictures = (): readonly Picture[] | undefined => {
    const found = readResults<Found>(name);
    return found && draws(found);
  };
  return { name, command, pictures };
}

const SOURCES: readonly Source[] = [
  source<PeerResults>('crowd', 'npm run bench -- --peers <folder>', peerPictures),
  source<ScaleResults>('scale', 'npm run bench -- scale', scalePictures),
  source<PartResults>('replication', 'npm run bench -- replication', replicationPictures),
];

function drawAll(): number {
  let drawn = 0;
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  for (const { name, command, pictures } of SOURCES) {
    const found = pictures();
    if (found === undefined) process.stdout.write(`${resultsFile(name)} is missing: ${command} makes it.\n`);
    for (const { file, chart } of found ?? []) {
      writeFileSync(join(ROOT, FOLDER, `${file}.svg`), draw(chart));
      process.stdout.write(`${FOLDER}/${file}.svg\n`);
      drawn += 1;
    }
  }
  return drawn;
}

if (process.argv.includes('--help')) process.stdout.write(USAGE);
else process.exitCode = drawAll() > 0 ? 0 : 1;
