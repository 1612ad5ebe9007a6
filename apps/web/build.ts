import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const THIS = fileURLToPath(import.meta.url);
const WEB = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(WEB, '..', '..');
const DIST = join(WEB, 'dist');
const STAMP = '.stamp';
/** What the page is made of: itself, the rulesets it predicts with, and the libraries below them. */
const INPUTS = [
  'apps/web',
  'games',
  'libs/client',
  'libs/kernel',
  'libs/ports',
  'libs/protocol',
  'libs/replication',
  'libs/ruleset',
  'libs/rulesets',
  'libs/state',
  'package-lock.json',
];
const SKIPPED = new Set(['node_modules', 'dist', 'vectors']);
const isInput = (name: string): boolean =>
  /\.(ts|css|html|json|svg)$/.test(name) && !/\.(spec|sim)\.ts$/.test(name);

async function inputFiles(): Promise<string[]> {
  const files: string[] = [];
  const pending = INPUTS.map((path) => join(ROOT, path)).filter((path) => existsSync(path));
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (path.endsWith('.json')) {
      files.push(path);
      continue;
    }
    for (const entry of await readdir(path, { withFileTypes: true })) {
      if (SKIPPED.has(entry.name)) continue;
      const child = join(path, entry.name);
      if (entry.isDirectory()) pending.push(child);
      else if (isInput(entry.name)) files.push(child);
    }
  }
  return files.sort();
}

async function hashOfInputs(): Promise<string> {
  const hash = createHash('sha256');
  for (const file of await inputFiles()) {
    hash.update(relative(ROOT, file));
    hash.update(await readFile(file));
  }
  return hash.digest('hex');
}

async function stampOf(folder: string): Promise<string | undefined> {
  return readFile(join(folder, STAMP), 'utf8').catch(() => undefined);
}

/** Builds beside the old page and swaps at the end, so that a server that runs never serves half of one. */
async function build(stamp: string): Promise<void> {
  const fresh = join(ROOT, '.cache', `web-${process.pid}`);
  const { build: viteBuild } = await import('vite');
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  await viteBuild({
    configFile: false,
    root: WEB,
    logLevel: 'warn',
    clearScreen: false,
    build: { outDir: fresh, emptyOutDir: true, target: 'es2023', chunkSizeWarningLimit: 2000 },
  });
  await writeFile(join(fresh, STAMP), stamp);
  await swap(fresh, stamp);
}

/** Another process may have built the same page meanwhile: then its page is as good. */
async function swap(fresh: string, stamp: string): Promise<void> {
  await rm(DIST, { recursive: true, force: true });
  try {
    await rename(fresh, DIST);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if ((await stampOf(DIST)) !== stamp) throw error;
  }
}

/** In a process of its own: a server would keep the builder's hundreds of megabytes for as long as it runs. */
async function buildApart(): Promise<void> {
  const child = spawn(process.execPath, ['--import', 'tsx', THIS], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`the page cannot be built: ${said.trim()}`);
}

/**
 * The folder of the built page, building it first when one of its inputs has changed since. Takes a few seconds then,
 * some milliseconds otherwise. Throws when the build fails.
 */
export async function buildWebIfStale(): Promise<string> {
  if ((await stampOf(DIST)) !== (await hashOfInputs())) await buildApart();
  return DIST;
}

if (process.argv[1] === THIS) {
  const startedMs = performance.now();
  const stamp = await hashOfInputs();
  if ((await stampOf(DIST)) !== stamp) await build(stamp);
  console.log(
    `${relative(process.cwd(), DIST)} is up to date (${Math.round(performance.now() - startedMs)} ms)`,
  );
}
