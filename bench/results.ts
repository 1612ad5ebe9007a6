import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadAverage, machine } from './machine.ts';
import { type Spread, spreadOf } from './spread.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What a smoke run finds out is no figure, and must not take the place of one. */
const FOLDERS = { measured: 'bench/results', smoke: '.cache/bench' } as const;

/** With `--smoke` a benchmark shows that it works and takes a second or two for it; its figures mean nothing. */
export const isSmoke = process.argv.includes('--smoke');

/** The same work measured several times. */
export interface Figure extends Spread {
  readonly what: string;
  readonly unit: string;
}

/** What stands in a file of results beside what its benchmark has found out. */
export interface Measured {
  readonly measuredAt: string;
  readonly machine: ReturnType<typeof machine>;
  readonly load: number;
  readonly isSmoke: boolean;
}

/** The path of a file of results from the top of the checkout. */
export function resultsFile(name: string, smoke = isSmoke): string {
  return join(smoke ? FOLDERS.smoke : FOLDERS.measured, `${name}.json`);
}

/** Puts what was found out into the file of this benchmark, in the place of what is there. */
export function writeResults(name: string, found: object, smoke = isSmoke): void {
  const measured: Measured = {
    measuredAt: new Date().toISOString(),
    machine: machine(),
    load: loadAverage(),
    isSmoke: smoke,
  };
  const file = resultsFile(name, smoke);
  mkdirSync(dirname(join(ROOT, file)), { recursive: true });
  writeFileSync(join(ROOT, file), `${JSON.stringify({ ...measured, ...found }, null, 2)}\n`);
  process.stdout.write(`\n${file} has every figure.\n`);
}

/** Undefined when nobody has measured it yet. */
export function readResults<Found>(name: string, smoke = isSmoke): (Found & Measured) | undefined {
  const file = join(ROOT, resultsFile(name, smoke));
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Found & Measured) : undefined;
}

/** Shows the figures of a benchmark of parts, and writes them into the file of this name. */
export function report(name: string, figures: readonly Figure[]): void {
  const digits = (value: number): number => Number(value.toPrecision(3));
  console.table(
    Object.fromEntries(
      figures.map(({ what, unit, median, low, high }) => [
        what,
        { unit, median: digits(median), low: digits(low), high: digits(high) },
      ]),
    ),
  );
  writeResults(name, { figures });
}

export function figureOf(what: string, unit: string, values: readonly number[]): Figure {
  return { what, unit, ...spreadOf(values) };
}

/** How often work is repeated for one figure. */
export interface Repetition {
  readonly rounds: number;
  readonly callsPerRound: number;
}

/** Microseconds that a call takes, in each of several rounds; the first one warms up and does not count. */
export function measureCalls(what: string, work: () => void, repetition: Repetition): Figure {
  const { rounds, callsPerRound } = isSmoke ? { rounds: 2, callsPerRound: 5 } : repetition;
  const times: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const startMs = performance.now();
    for (let call = 0; call < callsPerRound; call++) work();
    if (round >= 0) times.push(((performance.now() - startMs) * 1000) / callsPerRound);
  }
  return figureOf(what, 'µs', times);
}
