/** Okabe and Ito's colours, which also people tell apart who do not see all of them; a lighter set where the paper is dark. */
const LIGHT = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00', '#56b4e9'];
const DARK = ['#56b4e9', '#f5915b', '#2fc49a', '#e6a1c8', '#e0c04c', '#9ad0f5'];
const FONT = "13px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
/** On average, of that font. */
const LETTER_WIDTH = 7;

function series(colours: readonly string[]): string {
  return colours.map((colour, index) => `.s${index}{fill:${colour}}.t${index}{stroke:${colour}}`).join('');
}

function paper(background: string, ink: string, pale: string): string {
  return (
    `.paper{fill:${background}}text{fill:${ink}}.axis,.range{stroke:${ink}}` +
    `.grid{stroke:${pale}}.limit{stroke:${ink}}`
  );
}

export const STYLE = `<style>
text{font:${FONT}}.title{font-size:16px;font-weight:600}
.line{fill:none;stroke-width:2}.axis{stroke-width:1}.range{stroke-width:1.2}.grid{stroke-width:1}
.limit{stroke-width:1.2;stroke-dasharray:6 4}
${paper('#ffffff', '#1f2328', '#d8dee4')}${series(LIGHT)}
@media (prefers-color-scheme: dark){${paper('#0d1117', '#e6edf3', '#30363d')}${series(DARK)}}
</style>`;

export function textWidth(words: string): number {
  return words.length * LETTER_WIDTH;
}

interface TextLook {
  readonly class: string;
  readonly anchor?: 'middle' | 'end';
  /** Upwards, for the title of a y axis. */
  readonly turned?: boolean;
}

export function text(x: number, y: number, words: string, look: TextLook): string {
  const anchor = look.anchor === undefined ? '' : ` text-anchor="${look.anchor}"`;
  const turn = look.turned ? ` transform="rotate(-90 ${at(x)} ${at(y)})"` : '';
  return `<text class="${look.class}" x="${at(x)}" y="${at(y)}"${anchor}${turn}>${escaped(words)}</text>`;
}

export function rectangle(x: number, y: number, width: number, height: number, look: string): string {
  const size = `width="${at(Math.max(0, width))}" height="${at(Math.max(0, height))}"`;
  return `<rect class="${look}" x="${at(x)}" y="${at(y)}" ${size}/>`;
}

export function segment(x1: number, y1: number, x2: number, y2: number, look: string): string {
  return `<line class="${look}" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"/>`;
}

export function svg(width: number, height: number, title: string, parts: readonly string[]): string {
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`;
  const [style = '', ...rest] = parts;
  const body = [style, rectangle(0, 0, width, height, 'paper'), ...rest].filter((part) => part !== '');
  return `${head}\n${body.join('\n')}\n</svg>\n`;
}

/** A tenth of a pixel is enough, and keeps the file the same when nothing has changed that one sees. */
function at(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
