/** A quantity as the sum of terms, each a cost times a count. */
export interface Fit {
  readonly terms: Readonly<Record<string, number>>;
  /** The share of the differences between the rows that the terms explain, 1 at best. */
  readonly explained: number;
  /** What was measured less what the terms say, by row. */
  readonly residuals: readonly number[];
  /** The largest residual as a share of what was measured there. */
  readonly worstShare: number;
}

export interface FitRow {
  readonly counts: Readonly<Record<string, number>>;
  readonly measured: number;
}

/**
 * The costs that leave the least sum of squared residuals, each row weighed by what was measured: a row of a busy server
 * would otherwise hide what a quiet one says. No cost is negative: a term that would be is left out (it is 0), the one with
 * the lowest cost first, and the others are found anew. Terms without which a row cannot be told from another cannot be
 * told apart, and the later ones are 0.
 */
export function fitCosts(rows: readonly FitRow[], names: readonly string[]): Fit {
  let kept = [...names];
  let costs = solve(rows, kept);
  while (kept.length > 0 && Math.min(...costs) < 0) {
    const lowest = costs.indexOf(Math.min(...costs));
    kept = kept.filter((_, index) => index !== lowest);
    costs = solve(rows, kept);
  }
  const terms = Object.fromEntries(names.map((name) => [name, costs[kept.indexOf(name)] ?? 0]));
  return { terms, ...qualityOf(rows, terms) };
}

export function predict(
  terms: Readonly<Record<string, number>>,
  counts: Readonly<Record<string, number>>,
): number {
  return Object.entries(terms).reduce((sum, [name, cost]) => sum + cost * (counts[name] ?? 0), 0);
}

function qualityOf(rows: readonly FitRow[], terms: Fit['terms']): Omit<Fit, 'terms'> {
  const mean = rows.reduce((sum, { measured }) => sum + measured, 0) / rows.length;
  const residuals = rows.map(({ counts, measured }) => measured - predict(terms, counts));
  const squares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value ** 2, 0);
  const spread = squares(rows.map(({ measured }) => measured - mean));
  const shares = residuals.map((residual, index) => Math.abs(residual / (rows[index] as FitRow).measured));
  return {
    explained: spread === 0 ? 1 : 1 - squares(residuals) / spread,
    residuals,
    worstShare: Math.max(0, ...shares),
  };
}

/** The normal equations of the weighed rows, by elimination with pivots. */
function solve(rows: readonly FitRow[], names: readonly string[]): number[] {
  const weighed = rows.map(({ counts, measured }) => {
    const weight = measured === 0 ? 1 : 1 / Math.abs(measured);
    return { of: names.map((name) => (counts[name] ?? 0) * weight), to: measured * weight };
  });
  const sum = (pick: (row: (typeof weighed)[number]) => number): number =>
    weighed.reduce((total, row) => total + pick(row), 0);
  const at = (row: { readonly of: readonly number[] }, index: number): number => row.of[index] as number;
  const matrix = names.map((_, i) => [
    ...names.map((_, j) => sum((row) => at(row, i) * at(row, j))),
    sum((row) => at(row, i) * row.to),
  ]);
  return eliminate(matrix);
}

/** As small beside what stood there: what is left of a term is rounding. */
const SINGULAR = 1e-9;

function eliminate(matrix: number[][]): number[] {
  const size = matrix.length;
  const whole = matrix.map((row, index) => Math.abs(row[index] as number));
  const isFree: boolean[] = [];
  for (let pivot = 0; pivot < size; pivot++) {
    const row = matrix[pivot] as number[];
    const divisor = row[pivot] as number;
    isFree[pivot] = Math.abs(divisor) <= SINGULAR * (whole[pivot] as number) || divisor === 0;
    if (isFree[pivot]) continue;
    for (let column = pivot; column <= size; column++) row[column] = (row[column] as number) / divisor;
    for (let other = 0; other < size; other++) {
      if (other !== pivot) subtract(matrix[other] as number[], row, pivot);
    }
  }
  return matrix.map((row, index) => (isFree[index] ? 0 : (row[size] as number)));
}

function subtract(from: number[], row: readonly number[], pivot: number): void {
  const factor = from[pivot] as number;
  for (let column = pivot; column < from.length; column++) {
    from[column] = (from[column] as number) - factor * (row[column] as number);
  }
}
