/** What one class of faults did to players, over all its runs. */
export interface ClassReport {
  readonly fault: string;
  readonly runs: number;
  /** One for each player concerned in each run: the longest time without news of the own zone, milliseconds. */
  readonly pausesMs: readonly number[];
  readonly inputsLost: number;
  readonly effectsWrong: number;
}

export interface ClassLine {
  readonly fault: string;
  readonly runs: number;
  readonly players: number;
  readonly pauseP50Ms: number;
  readonly pauseP99Ms: number;
  readonly pauseMaxMs: number;
  readonly inputsLost: number;
  readonly effectsWrong: number;
}

/** The value below which a share of the values lies; 0 without any. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
}

export function summarise({ fault, runs, pausesMs, inputsLost, effectsWrong }: ClassReport): ClassLine {
  return {
    fault,
    runs,
    players: pausesMs.length,
    pauseP50Ms: Math.round(percentile(pausesMs, 0.5)),
    pauseP99Ms: Math.round(percentile(pausesMs, 0.99)),
    pauseMaxMs: Math.round(percentile(pausesMs, 1)),
    inputsLost,
    effectsWrong,
  };
}

const HEADINGS = [
  'fault',
  'runs',
  'players',
  'pause p50',
  'p99',
  'max (ms)',
  'inputs lost',
  'effects lost or doubled',
];

/** As a table of Markdown, which is legible in a terminal, too. */
export function table(lines: readonly ClassLine[]): string[] {
  const rows = lines.map((line) => Object.values(line).map(String));
  const widths = HEADINGS.map((heading, index) =>
    Math.max(heading.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  const lay = (cells: readonly string[]): string =>
    `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] as number) : cell.padStart(widths[index] as number))).join(' | ')} |`;
  const rule = `|${widths.map((width, index) => (index === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [lay(HEADINGS), rule, ...rows.map(lay)];
}
