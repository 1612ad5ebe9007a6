/** The largest integer whose square is at most `value`, exactly, for integers in [0, 2^52]. */
export function isqrt(value: number): number {
  // The root is rounded correctly (IEEE 754), and below 2^26 doubles are dense enough to keep it under the next integer.
  return Math.floor(Math.sqrt(value));
}

/** The length of the vector (x, y). Unlike `Math.hypot` it is the same on every engine. */
export function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** `value` moved into [lo, hi]. NaN stays NaN. */
export function clamp(value: number, lo: number, hi: number): number {
  return Math.min(Math.max(value, lo), hi);
}

/** From `from` at 0 to `to` at 1, and beyond in the same direction. */
export function lerp(from: number, to: number, fraction: number): number {
  return from + (to - from) * fraction;
}

/**
 * Whether the offset (dx, dy) lies in the cone around a facing, whose half angle has the cosine `cosHalfAngle` in
 * [-1, 1]. Without trigonometry and roots; the facing need not have length 1. The zero offset lies in every cone.
 */
export function coneContains(
  dx: number,
  dy: number,
  facingX: number,
  facingY: number,
  cosHalfAngle: number,
): boolean {
  const dot = dx * facingX + dy * facingY;
  const squares = (dx * dx + dy * dy) * (facingX * facingX + facingY * facingY);
  const limit = cosHalfAngle * cosHalfAngle * squares;
  if (cosHalfAngle >= 0) return dot >= 0 && dot * dot >= limit;
  return dot >= 0 || dot * dot <= limit;
}
