/** One reading of the server's /metrics page: values by series. */
export type Reading = ReadonlyMap<string, number>;

/** Reads Prometheus's text format; lines that are none are skipped. */
export function parseMetrics(page: string): Reading {
  const reading = new Map<string, number>();
  for (const line of page.split('\n')) {
    const space = line.lastIndexOf(' ');
    if (line.startsWith('#') || space < 0) continue;
    const value = Number(line.slice(space + 1));
    if (!Number.isNaN(value)) reading.set(line.slice(0, space), value);
  }
  return reading;
}

/** Undefined when the server shows no metrics. */
export async function readMetrics(url: string): Promise<Reading | undefined> {
  try {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(3_000) });
    return response.ok ? parseMetrics(await response.text()) : undefined;
  } catch {
    return undefined;
  }
}

/** What a counter grew by between two readings, over all of its series. */
export function growth(before: Reading, after: Reading, name: string): number {
  let total = 0;
  for (const [series, value] of after) {
    if (series !== name && !series.startsWith(`${name}{`)) continue;
    total += value - (before.get(series) ?? 0);
  }
  return total;
}

/** A percentile (0 to 1) of what a histogram saw between two readings: the upper edge of its bucket; undefined without a sample. */
export function percentile(before: Reading, after: Reading, name: string, share: number): number | undefined {
  const buckets = new Map<number, number>();
  for (const [series, value] of after) {
    const edge = series.startsWith(`${name}_bucket{`) ? /le="([^"]+)"/.exec(series)?.[1] : undefined;
    if (edge === undefined) continue;
    const upper = edge === '+Inf' ? Number.POSITIVE_INFINITY : Number(edge);
    buckets.set(upper, (buckets.get(upper) ?? 0) + value - (before.get(series) ?? 0));
  }
  const count = buckets.get(Number.POSITIVE_INFINITY) ?? 0;
  if (count === 0) return undefined;
  for (const [upper, atMost] of [...buckets].sort(([a], [b]) => a - b))
    if (atMost >= count * share) return upper;
  return undefined;
}
