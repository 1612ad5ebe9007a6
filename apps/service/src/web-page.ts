import { buildWebIfStale } from '../../web/build.ts';

/** The folder of the page, built when its sources have changed. */
export function builtPage(): Promise<string> {
  return buildWebIfStale();
}
