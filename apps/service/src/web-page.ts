import { resolve } from 'node:path';

/** The folder of the page: the given one, or else one that is built when the sources of the page have changed. */
export async function pageIn(folder: string): Promise<string> {
  if (folder !== '') return resolve(folder);
  // Only who builds needs what builds.
  const { buildWebIfStale } = await import('../../web/build.ts');
  return buildWebIfStale();
}
