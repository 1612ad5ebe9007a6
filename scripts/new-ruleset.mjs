// @ts-check
// Makes games/<name>: a ruleset with walking and chat, its test, and a README. `npm start` serves it as the world <name>.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fail, SetupError } from './install/failure.mjs';
import { runNpm } from './install/npm.mjs';

const root = path.resolve(import.meta.dirname, '..');
const template = path.join(import.meta.dirname, 'ruleset-template');
const templateName = 'my-game';
const nameLengthMax = 40;
const usage = 'Usage: npm run new-ruleset -- <name>, for example: npm run new-ruleset -- my-game';

/** @param {string[]} args */
async function main(args) {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${usage}\nMakes games/<name> with a game that plays: people walk and talk.\n`);
    return;
  }
  const name = checkName(args);
  const folder = path.join(root, 'games', name);
  if (existsSync(folder))
    fail(`games/${name} exists already. Choose another name, or remove the folder first.`);
  writeGame(folder, name);
  await announceToNpm();
  const next = [
    ['npm start', `serves it as the world "${name}"`],
    [`npm run unit -- games/${name}`, 'runs its test'],
    [`games/${name}/ruleset.ts`, 'is the whole game; docs/ruleset-guide.md explains it'],
  ];
  const width = Math.max(...next.map(([what = '']) => what.length));
  const lines = next.map(([what = '', why]) => `  ${what.padEnd(width)}  ${why}`);
  process.stdout.write(`Made games/${name}. Next:\n${lines.join('\n')}\n`);
}

/**
 * @param {string[]} args
 * @returns {string}
 */
function checkName(args) {
  const [name] = args;
  if (name === undefined || args.length > 1) fail(usage);
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || name.length > nameLengthMax) {
    fail(
      `"${name}" cannot be the name of a world: use lower-case words joined by hyphens, starting with a letter, ` +
        `at most ${nameLengthMax} characters (for example: ${suggest(name)}).`,
    );
  }
  if (existsSync(path.join(root, 'libs/rulesets', name))) {
    fail(`"${name}" is the name of a world that comes with Overworld. Choose another one.`);
  }
  return name;
}

/** @param {string} name */
function suggest(name) {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '');
  return words.slice(0, nameLengthMax).replace(/-+$/, '') || templateName;
}

/**
 * @param {string} folder
 * @param {string} name
 */
function writeGame(folder, name) {
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(template)) {
    const text = readFileSync(path.join(template, file), 'utf8').replaceAll(templateName, name);
    writeFileSync(path.join(folder, file), text);
  }
  const manifest = {
    name: `@overworld/game-${name}`,
    version: '0.1.0',
    private: true,
    type: 'module',
    exports: { '.': './ruleset.ts' },
    dependencies: { '@overworld/ruleset': '*', zod: versionOfZod() },
  };
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

function versionOfZod() {
  return JSON.parse(readFileSync(path.join(root, 'libs/ruleset/package.json'), 'utf8')).dependencies.zod;
}

/** The game is a workspace: npm has to write it into the lock file. It plays without, so a failure is only told. */
async function announceToNpm() {
  try {
    await runNpm(process.execPath, ['install', '--include=dev'], {
      cwd: root,
      title: 'Adding the game to package-lock.json',
      remedy: 'The game plays anyway; run "npm install" when you are online again.',
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`overworld: ${error.message}\n`);
  }
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(
    error instanceof SetupError ? `overworld: ${error.message}\n` : `${error?.stack ?? error}\n`,
  );
  process.exitCode = 1;
});
