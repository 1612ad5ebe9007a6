/** Round numbers from 0 to at least `highest`, about as many as asked for. */
export function ticksUpTo(highest: number, about = 5): number[] {
  const step = roundStep(highest / about);
  const count = Math.max(1, Math.ceil(highest / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** The next of 1, 2, 2.5 and 5 times a power of ten. */
function roundStep(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}

export function tickText(value: number): string {
  const text = Math.abs(value) >= 1000 ? value.toLocaleString('en-US') : String(value);
  return text;
}
