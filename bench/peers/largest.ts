import { spreadOf } from '../spread.ts';
import { faultsOf, type TrialRow } from './comparison.ts';

const STEP_UP = 1.25;
const STEP_DOWN = 0.75;
/** All sizes are multiples of it, so that half-way between two that are not close is neither of them. */
const ROUND_TO = 50;
const CLOSE_PLAYERS = 50;
const CLOSE_SHARE = 0.07;
/** A size has failed when so many of its runs did. */
const FAILURES = 2;
/** Runs of one size that are not held against it because the machine was away; then they are. */
const DISTURBED = 4;

function roundDown(size: number): number {
  return Math.max(ROUND_TO, Math.floor(size / ROUND_TO) * ROUND_TO);
}

export type Verdict = 'kept-up' | 'failed' | 'disturbed';

/**
 * Looks for the largest number of players with which a system keeps up: a quarter more each time until a size fails, then half-way
 * between, to within 50 players or 7 %.
 */
export class Largest {
  #next: number;
  #keptUp = 0;
  #failed = Number.POSITIVE_INFINITY;
  #failures = 0;
  #disturbed = 0;

  constructor(from: number) {
    this.#next = roundDown(from);
  }

  /** The size to try, or undefined when it is found. */
  get next(): number | undefined {
    const isFound = this.#failed - this.#keptUp <= Math.max(CLOSE_PLAYERS, this.#keptUp * CLOSE_SHARE);
    return isFound ? undefined : this.#next;
  }

  /** The largest size that was kept up with, 0 for none. */
  get keptUp(): number {
    return this.#keptUp;
  }

  /** The smallest size that failed. */
  get failed(): number {
    return this.#failed;
  }

  /** What a run of the size that is next has shown. */
  saw(verdict: Verdict): void {
    if (verdict === 'disturbed' && this.#disturbed < DISTURBED) {
      this.#disturbed += 1;
      return;
    }
    if (verdict === 'kept-up') this.#keptUp = this.#next;
    else {
      this.#failures += 1;
      if (this.#failures < FAILURES) return;
      this.#failed = this.#next;
    }
    this.#failures = 0;
    this.#disturbed = 0;
    this.#next = roundDown(this.#between());
  }

  #between(): number {
    if (this.#failed === Number.POSITIVE_INFINITY)
      return Math.max(this.#keptUp * STEP_UP, this.#keptUp + ROUND_TO);
    return this.#keptUp === 0 ? this.#failed * STEP_DOWN : (this.#keptUp + this.#failed) / 2;
  }
}

function isKeptUp(row: TrialRow): boolean {
  return !row.saturated && !row.late && faultsOf([row], [row.system]).length === 0;
}

/** No row: the system did not even let everybody in. `calm`: the share of the core above which a machine was away. */
export function verdictOn(row: TrialRow | undefined, calm: number): Verdict {
  if (row === undefined) return 'failed';
  if (isKeptUp(row)) return 'kept-up';
  return row.steal > calm ? 'disturbed' : 'failed';
}

export interface Found {
  readonly system: string;
  readonly keptUp: number;
  readonly failed: number;
  readonly rows: readonly TrialRow[];
}

/** Sizes as multiples of the baseline's; the other figures are of the largest size. */
export function tableOfLargest(all: readonly Found[], baseline: string): string {
  const base = all.find(({ system }) => system === baseline)?.keptUp ?? Number.NaN;
  const lines = [
    `| system | most players | of ${baseline} | fails with | runs | CPU | echo p50 ms | p99 |`,
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const { system, keptUp, failed, rows } of all) {
    const [cpu, p50, p99] = (['cpu', 'latencyP50', 'latencyP99'] as const).map(
      (figure) =>
        spreadOf(rows.filter((row) => row.n === keptUp && isKeptUp(row)).map((row) => row[figure])).median,
    ) as [number, number, number];
    const size = [system, keptUp, (keptUp / base).toFixed(2), failed, rows.length];
    lines.push(`| ${[...size, cpu.toFixed(2), p50.toFixed(0), p99.toFixed(0)].join(' | ')} |`);
  }
  return lines.join('\n');
}
