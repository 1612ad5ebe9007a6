import type { Spread } from '../spread.ts';
import { ticksUpTo, tickText } from './axis.ts';
import { rectangle, segment, STYLE, svg, text, textWidth } from './svg.ts';

/** One series of bars or of a line; a value is missing where nothing was measured. */
export interface Series {
  readonly name: string;
  readonly values: readonly (Spread | undefined)[];
}

/** A line that must not be passed. */
export interface Limit {
  readonly value: number;
  readonly name: string;
}

export interface Chart {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly kind: 'bars' | 'lines';
  /** What stands below each place of the x axis. */
  readonly places: readonly string[];
  /** Of lines: where on the axis each place is; default evenly. */
  readonly at?: readonly number[];
  readonly series: readonly Series[];
  readonly limit?: Limit;
}

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 76;
const RIGHT = 24;
const BOTTOM = 64;
const TITLE_Y = 28;
const LEGEND_Y = 52;
const LEGEND_LINE = 20;
const LEGEND_GAP = 18;
const SWATCH = 12;
const CAP = 4;
/** The room of a place that bars fill. */
const BARS_SHARE = 0.72;
const LABEL_GAP = 8;

/** Where things are on the paper. */
interface Frame {
  readonly top: number;
  readonly ticks: readonly number[];
  x(place: number): number;
  y(value: number): number;
}

/** A picture of its own: it follows the colours of who looks, light or dark. */
export function draw(chart: Chart): string {
  const legend = legendOf(chart);
  const frame = frameOf(chart, LEGEND_Y + legend.lines * LEGEND_LINE);
  const parts = [
    text(WIDTH / 2, TITLE_Y, chart.title, { class: 'title', anchor: 'middle' }),
    ...legend.parts,
    ...axesOf(chart, frame),
    ...(chart.limit === undefined ? [] : limitOf(chart.limit, frame)),
    ...(chart.kind === 'bars' ? barsOf(chart, frame) : linesOf(chart, frame)),
  ];
  return svg(WIDTH, HEIGHT, chart.title, [STYLE, ...parts]);
}

function frameOf({ kind, places, at, series, limit }: Chart, top: number): Frame {
  const highs = series.flatMap(({ values }) => values.map((spread) => spread?.high ?? 0));
  const ticks = ticksUpTo(Math.max(limit?.value ?? 0, ...highs));
  const highest = ticks.at(-1) as number;
  const inner = WIDTH - LEFT - RIGHT;
  const last = Math.max(...(at ?? [places.length - 1]), 1);
  const step = inner / places.length;
  return {
    top,
    ticks,
    x: (place) =>
      kind === 'bars' ? LEFT + step * (place + 0.5) : LEFT + inner * 0.97 * ((at?.[place] ?? place) / last),
    y: (value) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - top) * value) / highest,
  };
}

function legendOf({ series }: Chart): { readonly parts: string[]; readonly lines: number } {
  if (series.length < 2) return { parts: [], lines: 0 };
  const parts: string[] = [];
  let [x, line] = [LEFT, 0];
  series.forEach(({ name }, index) => {
    const width = SWATCH + 6 + textWidth(name) + LEGEND_GAP;
    if (x + width > WIDTH - RIGHT && x > LEFT) [x, line] = [LEFT, line + 1];
    const y = LEGEND_Y + line * LEGEND_LINE;
    parts.push(rectangle(x, y - SWATCH + 2, SWATCH, SWATCH, `fill s${index}`));
    parts.push(text(x + SWATCH + 6, y, name, { class: 'label' }));
    x += width;
  });
  return { parts, lines: line + 1 };
}

function axesOf(chart: Chart, frame: Frame): string[] {
  const bottom = HEIGHT - BOTTOM;
  const grid = frame.ticks.flatMap((value) => [
    segment(LEFT, frame.y(value), WIDTH - RIGHT, frame.y(value), value === 0 ? 'axis' : 'grid'),
    text(LEFT - 8, frame.y(value) + 4, tickText(value), { class: 'label', anchor: 'end' }),
  ]);
  const middle = (frame.top + bottom) / 2;
  return [
    ...grid,
    ...placesOf(chart, frame),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, chart.xTitle, { class: 'label', anchor: 'middle' }),
    text(20, middle, chart.yTitle, { class: 'label', anchor: 'middle', turned: true }),
  ];
}

/** A place whose words would touch those before it goes without. */
function placesOf({ places }: Chart, frame: Frame): string[] {
  let freeFrom = 0;
  return places.flatMap((place, index) => {
    const [x, half] = [frame.x(index), textWidth(place) / 2];
    if (place === '' || x - half < freeFrom) return [];
    freeFrom = x + half + LABEL_GAP;
    return [text(x, HEIGHT - BOTTOM + 20, place, { class: 'label', anchor: 'middle' })];
  });
}

function limitOf({ value, name }: Limit, frame: Frame): string[] {
  const y = frame.y(value);
  return [segment(LEFT, y, WIDTH - RIGHT, y, 'limit'), text(LEFT + 6, y - 6, name, { class: 'label' })];
}

function barsOf({ places, series }: Chart, frame: Frame): string[] {
  const room = ((WIDTH - LEFT - RIGHT) / places.length) * BARS_SHARE;
  const width = room / series.length;
  return series.flatMap(({ values }, index) =>
    values.flatMap((spread, place) => {
      if (spread === undefined) return [];
      const x = frame.x(place) - room / 2 + width * index;
      const y = frame.y(spread.median);
      const bar = rectangle(x + 1, y, width - 2, HEIGHT - BOTTOM - y, `fill s${index}`);
      return [bar, ...rangeOf(x + width / 2, spread, frame)];
    }),
  );
}

function linesOf({ series }: Chart, frame: Frame): string[] {
  return series.flatMap(({ values }, index) => {
    const points = values.flatMap((spread, place) =>
      spread === undefined ? [] : [{ spread, x: frame.x(place) }],
    );
    const path = points
      .map(({ spread, x }) => `${x.toFixed(1)},${frame.y(spread.median).toFixed(1)}`)
      .join(' ');
    const isDense = points.length > 24;
    const marks = points.flatMap(({ spread, x }) => [
      ...rangeOf(x, spread, frame),
      isDense
        ? ''
        : `<circle class="fill s${index}" cx="${x.toFixed(1)}" cy="${frame.y(spread.median).toFixed(1)}" r="3.5"/>`,
    ]);
    return [`<polyline class="line t${index}" points="${path}"/>`, ...marks];
  });
}

/** From the lowest to the highest run; nothing when all were the same. */
function rangeOf(x: number, { low, high }: Spread, frame: Frame): string[] {
  if (low === high) return [];
  const [from, to] = [frame.y(low), frame.y(high)];
  return [
    segment(x, from, x, to, 'range'),
    segment(x - CAP, from, x + CAP, from, 'range'),
    segment(x - CAP, to, x + CAP, to, 'range'),
  ];
}
