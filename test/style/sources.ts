import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const folders = ['libs', 'apps', 'games', 'test', 'scripts', 'bench'];
const ignoredFolders = new Set(['node_modules', 'dist', 'coverage', 'vectors', 'public']);

export interface SourceFile {
  /** Relative to the top of the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** Every file of the project's own code: TypeScript and plain JavaScript modules. */
export function projectSources(): SourceFile[] {
  const found: SourceFile[] = [];
  const waiting = folders.filter((folder) => existsSync(path.join(root, folder)));
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const entryPath = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !ignoredFolders.has(entry.name)) waiting.push(entryPath);
      if (entry.isFile() && /\.(ts|mts|mjs)$/.test(entry.name)) {
        found.push({ path: entryPath, text: readFileSync(path.join(root, entryPath), 'utf8') });
      }
    }
  }
  return found.sort((left, right) => (left.path < right.path ? -1 : 1));
}

export function isTest(file: string): boolean {
  return /\.(spec|sim|bench)\.ts$|^test\/|^libs\/testkit\/|^(libs|apps)\/[^/]+\/test\//.test(file);
}
