import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { SERVICE_KINDS, type ServiceKind } from './service-process.ts';

const GAME = 'ruleset.ts';
/** A process may run several clusters, one after the other or at once. */
let compiled = 0;
/** They are compiled one after the other: ending the compiler ends whatever else it compiles. */
let compiling: Promise<unknown> = Promise.resolve();

export interface CompiledServices {
  /** What node runs. */
  entry(kind: ServiceKind): string;
  /** The compiled form of one of the preloads. */
  preload(source: string): string;
  /** Where the services find the compiled games. */
  readonly games: string;
  remove(): Promise<void>;
}

export interface SourcesToCompile {
  /** The checkout. */
  readonly root: string;
  /** Folder of the games, which need not exist. */
  readonly games: string;
  /** Of the games only these; none: all. */
  readonly worlds?: readonly string[];
  readonly preloads: readonly string[];
}

/**
 * The services, the games and the preloads as JavaScript, compiled together, so that each library is there once. A process
 * of the cluster is then ready in half of the processor time that it takes from the sources, which counts where a
 * restart shares the cores with the players.
 *
 * @throws Error when a source does not compile.
 */
export async function compileServices(sources: SourcesToCompile): Promise<CompiledServices> {
  const { root, games, worlds = [], preloads } = sources;
  const all = join(root, '.cache', 'services');
  // Packages are looked up from where the code lies: so it lies inside of the checkout.
  const folder = join(all, `${process.pid}-${++compiled}`);
  await mkdir(all, { recursive: true });
  await removeAbandoned(all);
  const entries = Object.fromEntries([
    ...SERVICE_KINDS.map((kind) => [kind, join(root, 'apps', kind, 'src/main.ts')]),
    ...preloads.map((source, index) => [`preload-${index}`, source]),
    ...namesOfGames(games, worlds).map((name) => [`games/${name}/ruleset`, join(games, name, GAME)]),
  ]) as Record<string, string>;
  await compileAlone({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'shared/[hash]',
    bundle: true,
    splitting: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: 'linked',
    logLevel: 'silent',
    plugins: [packagesStayOutside(root)],
  });
  return {
    entry: (kind) => join(folder, `${kind}.mjs`),
    preload: (source) => join(folder, `preload-${preloads.indexOf(source)}.mjs`),
    games: join(folder, 'games'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function compileAlone(options: BuildOptions): Promise<void> {
  const { build, stop } = await import('esbuild');
  const work = compiling.then(() => build(options)).finally(() => stop());
  compiling = work.catch(() => undefined);
  await work;
}

/** Everything that is not of this project is loaded by node, from where it is installed. */
function packagesStayOutside(root: string): Plugin {
  const shared = join(root, 'node_modules');
  return {
    name: 'packages-stay-outside',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async (asked) => {
        if (asked.kind === 'entry-point' || asked.path.startsWith('@overworld/')) return undefined;
        if (asked.pluginData === packagesStayOutside) return undefined;
        const { kind, resolveDir, importer, path } = asked;
        const found = await build.resolve(path, {
          kind,
          resolveDir,
          importer,
          pluginData: packagesStayOutside,
        });
        const isNested =
          found.errors.length === 0 && !found.external && relative(shared, found.path).startsWith('..');
        return { path: isNested ? found.path : path, external: true };
      });
    },
  };
}

function namesOfGames(folder: string, wanted: readonly string[]): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, GAME)));
  return wanted.length === 0 ? names : names.filter((name) => wanted.includes(name));
}

/** What launchers left behind that were killed. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!isRunning(Number.parseInt(name, 10))) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
