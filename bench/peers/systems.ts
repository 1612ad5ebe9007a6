import { fileURLToPath } from 'node:url';

interface System {
  /** A program that node runs. */
  readonly server: string;
  /** A module with `connect`. */
  readonly driver: string;
  /** Handed to both. */
  readonly bench: { readonly motion: boolean; readonly everyTick: boolean };
}

const driver = new URL('driver.ts', import.meta.url).href;
const program = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** What the peers' programs can measure of ours, by name: they load this module as BENCH_SYSTEMS. */
export const systems = {
  overworld: { server: program('embedded.mjs'), driver, bench: { motion: true, everyTick: false } },
  'overworld-everytick': {
    server: program('embedded.mjs'),
    driver,
    bench: { motion: true, everyTick: true },
  },
  'overworld-nomotion': {
    server: program('embedded.mjs'),
    driver,
    bench: { motion: false, everyTick: true },
  },
  'overworld-cluster': { server: program('cluster.mjs'), driver, bench: { motion: true, everyTick: false } },
} as const satisfies Record<string, System>;
