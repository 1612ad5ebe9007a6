/** A number in [0, 1) from whole numbers, always the same for the same ones. For looks alone. */
export function scatter(x: number, y: number, salt = 0): number {
  let h = Math.imul(x | 0, 374761393) ^ Math.imul(y | 0, 668265263) ^ Math.imul(salt + 1, 2147483647);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  h ^= h >>> 16;
  return (h >>> 0) / 4294967296;
}

function eased(t: number): number {
  return t * t * (3 - 2 * t);
}

/** Value noise in [0, 1). */
export function noise(x: number, y: number, salt = 0): number {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const u = eased(x - x0);
  const v = eased(y - y0);
  const top = scatter(x0, y0, salt) * (1 - u) + scatter(x0 + 1, y0, salt) * u;
  const bottom = scatter(x0, y0 + 1, salt) * (1 - u) + scatter(x0 + 1, y0 + 1, salt) * u;
  return top * (1 - v) + bottom * v;
}
