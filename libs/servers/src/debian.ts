import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from './find-program.ts';

/*
 * Programs out of Debian packages, without installing them: the packages are fetched with apt from the mirror that this
 * machine is configured for, checked by apt as ever, and unpacked into a folder of the project. apt gets folders of its
 * own for its lists and downloads, so neither the system nor its package lists are touched, and no rights are needed.
 */
const CACHE = fileURLToPath(new URL('../../../.cache/servers', import.meta.url));
const SOURCES = '/etc/apt';
const ARCHIVE_KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

export interface PackagedProgram {
  readonly name: string;
  /** A suite of the machine's own mirror, or undefined for the sources that the machine is configured for. */
  readonly suite: string | undefined;
  readonly packages: readonly string[];
  /** Path of the program inside the packages. */
  readonly program: string;
  readonly onProgress?: ((line: string) => void) | undefined;
}

export interface Unpacked {
  readonly program: string;
  /** The libraries that came with it, for `LD_LIBRARY_PATH`. */
  readonly libraries: string;
}

/** Undefined where there is no apt, no Debian mirror, or the packages cannot be had. */
export async function unpackedProgram(wanted: PackagedProgram): Promise<Unpacked | undefined> {
  const folder = join(CACHE, wanted.name);
  if (!existsSync(join(folder, wanted.program)) && !(await fetchInto(folder, wanted))) return undefined;
  return { program: join(folder, wanted.program), libraries: libraryFolders(folder).join(':') };
}

async function fetchInto(folder: string, wanted: PackagedProgram): Promise<boolean> {
  if (findProgram('apt-get') === undefined || findProgram('dpkg-deb') === undefined) return false;
  const work = `${folder}.new-${process.pid}`;
  try {
    const options = prepareApt(join(work, 'apt'), wanted.suite);
    if (options === undefined) return false;
    wanted.onProgress?.(`fetching ${wanted.name} (first start only)`);
    if (!(await run('apt-get', [...options, 'update']))) return false;
    const more = ['--yes', '--no-install-recommends', '--download-only', 'install'];
    const isFetched =
      wanted.suite === undefined
        ? await run('apt-get', [...options, ...more, ...wanted.packages])
        : await run('apt-get', [...options, 'download', ...wanted.packages], join(work, 'apt', 'archives'));
    if (!isFetched || !(await unpack(join(work, 'apt', 'archives'), join(work, 'files')))) return false;
    if (!existsSync(join(work, 'files', wanted.program))) return false;
    // Two processes may fetch at the same time: the first one's folder stands.
    if (!existsSync(folder)) renameSync(join(work, 'files'), folder);
    return true;
  } catch {
    return existsSync(join(folder, wanted.program));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Options that keep apt to its own folders; undefined without a mirror to derive the suite from. */
function prepareApt(folder: string, suite: string | undefined): readonly string[] | undefined {
  for (const each of ['lists/partial', 'archives/partial'])
    mkdirSync(join(folder, each), { recursive: true });
  const settings = [
    `Dir::State::lists=${join(folder, 'lists')}`,
    `Dir::Cache=${folder}`,
    `Dir::Cache::archives=${join(folder, 'archives')}`,
    'Debug::NoLocking=true',
    'Acquire::Languages=none',
    'Acquire::Retries=2',
    // Its user for downloads could not write here.
    'APT::Sandbox::User=root',
  ];
  const mirror = findMirror();
  if (mirror === undefined) return undefined;
  if (suite !== undefined) {
    const sources = join(folder, 'sources.list');
    writeFileSync(sources, `deb [signed-by=${mirror.keys}] ${mirror.address} ${suite} main\n`);
    settings.push(`Dir::Etc::sourcelist=${sources}`, 'Dir::Etc::sourceparts=/dev/null');
  }
  return settings.flatMap((setting) => ['-o', setting]);
}

interface Mirror {
  readonly address: string;
  readonly keys: string;
}

/** The mirror of Debian itself among the configured sources: the one that has this release's name as a suite. */
function findMirror(): Mirror | undefined {
  const release = readText('/etc/os-release');
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  if (!/^ID="?debian"?$/m.test(release) || codename === undefined) return undefined;
  const parts = existsSync(`${SOURCES}/sources.list.d`) ? readdirSync(`${SOURCES}/sources.list.d`) : [];
  const texts = [`${SOURCES}/sources.list`, ...parts.map((part) => `${SOURCES}/sources.list.d/${part}`)].map(
    readText,
  );
  for (const text of texts) {
    const found = fromStanza(text, codename) ?? fromLine(text, codename);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The newer form: stanzas of `URIs:`, `Suites:` and `Components:`. */
function fromStanza(text: string, codename: string): Mirror | undefined {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string) =>
      new RegExp(`^${name}:[ \\t]*(.+)$`, 'm').exec(stanza)?.[1]?.trim().split(/\s+/) ?? [];
    const [address] = field('URIs');
    if (address === undefined || !field('Suites').includes(codename) || !field('Components').includes('main'))
      continue;
    return { address, keys: field('Signed-By')[0] ?? ARCHIVE_KEYS };
  }
  return undefined;
}

/** The older form: `deb [options] address suite component...`. */
function fromLine(text: string, codename: string): Mirror | undefined {
  for (const line of text.split('\n')) {
    const [, options = '', address, suite] =
      /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+.*\bmain\b/.exec(line) ?? [];
    if (address === undefined || suite !== codename) continue;
    return { address, keys: /signed-by=(\S+)/.exec(options)?.[1] ?? ARCHIVE_KEYS };
  }
  return undefined;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

async function unpack(archives: string, into: string): Promise<boolean> {
  const files = readdirSync(archives).filter((file) => file.endsWith('.deb'));
  for (const file of files) if (!(await run('dpkg-deb', ['-x', join(archives, file), into]))) return false;
  return files.length > 0;
}

function libraryFolders(folder: string): readonly string[] {
  const libraries = join(folder, 'usr', 'lib');
  if (!existsSync(libraries)) return [];
  const triples = readdirSync(libraries).filter(
    (name) => name.endsWith('-linux-gnu') || name.includes('-linux-gnu'),
  );
  return triples.map((triple) => join(libraries, triple));
}

function run(command: string, words: readonly string[], folder?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, words, { cwd: folder, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}
