/*
 * Trigonometry from + - * / and Math.floor alone, which IEEE 754 defines to the last bit: every engine gives the
 * same result, where the built-in functions may differ. The polynomials are those of fdlibm (Sun Microsystems, 1993,
 * freely distributable), k_sin.c, k_cos.c and s_atan.c, without their last-bit corrections.
 *
 * A turn is an angle as an integer in [0, 65535]: 65536 turns make a circle, 0 is the x axis, 16384 the y axis.
 */

export const PI = 3.141592653589793;
export const TAU = 6.283185307179586;

const HALF_PI = 1.5707963267948966;
const QUARTER_PI = 0.7853981633974483;
const ATAN_HALF = 0.4636476090008061;
/** The first 33 bits of pi/2: its product with a count of up to 20 bits is exact. */
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;
const RADIANS_PER_TURN = TAU / 65536;
const TURNS_PER_RADIAN = 65536 / TAU;

/** The sine of an angle in [-pi/4, pi/4]. */
function sinNear(x: number): number {
  const z = x * x;
  const high = 2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10);
  const rest = 8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4 + z * high);
  return x + x * z * (-1.66666666666666324348e-1 + z * rest);
}

/** The cosine of an angle in [-pi/4, pi/4]. */
function cosNear(x: number): number {
  const z = x * x;
  const high = -2.75573143513906633035e-7 + z * (2.08757232129817482790e-9 + z * -1.13596475577881948265e-11);
  const rest = -1.38888888888741095749e-3 + z * (2.48015872894767294178e-5 + z * high);
  return 1 - 0.5 * z + z * z * (4.16666666666666019037e-2 + z * rest);
}

/** The sine of `near` plus `quadrant` quarter circles. */
function sinQuadrant(quadrant: number, near: number): number {
  const value = (quadrant & 1) === 0 ? sinNear(near) : cosNear(near);
  // Subtracting from 0 keeps a zero positive, which a negation would not.
  return (quadrant & 2) === 0 ? value : 0 - value;
}

function sinFrom(radians: number, shift: number): number {
  const quarters = Math.floor(radians / HALF_PI + 0.5);
  const near = radians - quarters * HALF_PI_HIGH - quarters * HALF_PI_LOW;
  return sinQuadrant(((quarters % 4) + 4 + shift) & 3, near);
}

/** The sine; off by less than 1e-9 for |radians| < 1e5, reproducible but less exact beyond, NaN for no finite angle. */
export function sin(radians: number): number {
  return sinFrom(radians, 0);
}

/** The cosine, as exact as {@link sin}. */
export function cos(radians: number): number {
  return sinFrom(radians, 1);
}

/** The arc tangent of a ratio in [-0.44, 0.44]. */
function atanNear(x: number): number {
  const z = x * x;
  const w = z * z;
  const even = 4.97687799461593236017e-2 + w * 1.62858201153657823623e-2;
  const evens = 9.09088713343650656196e-2 + w * (6.66107313738753120669e-2 + w * even);
  const odd = -5.83357013379057348645e-2 + w * -3.65315727442169155270e-2;
  const odds = -1.11111104054623557880e-1 + w * (-7.69187620504482999495e-2 + w * odd);
  const high = z * (3.33333333333329318027e-1 + w * (1.42857142725034663711e-1 + w * evens));
  return x - x * (high + w * (-1.99999999998764832476e-1 + w * odds));
}

/** The arc tangent of a ratio in [0, 1]. */
function atanUnit(ratio: number): number {
  if (ratio < 0.4375) return atanNear(ratio);
  if (ratio < 0.6875) return ATAN_HALF + atanNear((2 * ratio - 1) / (2 + ratio));
  return QUARTER_PI + atanNear((ratio - 1) / (ratio + 1));
}

/** The angle of the vector (x, y) in (-pi, pi], off by less than 1e-9; 0 for the zero vector. Finite arguments only. */
export function atan2(y: number, x: number): number {
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  if (ax === 0 && ay === 0) return 0;
  const steep = ay > ax;
  const acute = atanUnit(steep ? ax / ay : ay / ax);
  const upper = steep ? HALF_PI - acute : acute;
  const angle = x < 0 ? PI - upper : upper;
  return y < 0 ? -angle : angle;
}

/** The sine of a turn; exactly 0, 1, 0, -1 at the quarters. Bits above the lowest 16 are ignored. */
export function sinTurn(turn: number): number {
  const shifted = (turn + 8192) & 0xffff;
  return sinQuadrant(shifted >> 14, ((shifted & 16383) - 8192) * RADIANS_PER_TURN);
}

/** The cosine of a turn; exactly 1, 0, -1, 0 at the quarters. */
export function cosTurn(turn: number): number {
  return sinTurn(turn + 16384);
}

/** The direction of the vector (x, y) as a turn in [0, 65535], rounded; 0 for the zero vector. */
export function turnOf(y: number, x: number): number {
  return Math.floor(atan2(y, x) * TURNS_PER_RADIAN + 0.5) & 0xffff;
}

/** The shortest way from one turn to another, in [-32768, 32767]. */
export function turnDelta(from: number, to: number): number {
  return ((to - from) << 16) >> 16;
}
