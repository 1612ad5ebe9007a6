/*
 * Trigonometry from + - * / and Math.floor alone, which IEEE 754 defines to the last bit: every engine gives the
 * same result, where the built-in functions may differ. The polynomials are those of fdlibm (Sun Microsystems, 1993,
 * freely distributable), k_sin.c, k_cos.c and s_atan.c, without their last-bit corrections.
 *
 * A turn is an angle as an integer in [0, 65535]: 65536 turns make a circle, 0 is the x axis, 16384 the y axis.
 */

export const PI = Math.PI;
export const TAU = 2 * PI;

const HALF_PI = PI / 2;
const QUARTER_PI = PI / 4;
const ATAN_HALF = 0.4636476090008061;
/** The first 33 bits of pi/2: its product with a count of up to 20 bits is exact. */
const HALF_PI_HIGH = 1.5707963267341256;
const HALF_PI_LOW = 6.077100506506192e-11;
const RADIANS_PER_TURN = TAU / 65536;
const TURNS_PER_RADIAN = 65536 / TAU;

/** The sine of an angle in [-pi/4, pi/4]. */
function sinNear(x: number): number {
  const z = x * x;
  const high = 2.7557313707070068e-6 + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10);
  const rest = 0.00833333333332249 + z * (-0.0001984126982985795 + z * high);
  return x + x * z * (-0.16666666666666632 + z * rest);
}

/** The cosine of an angle in [-pi/4, pi/4]. */
function cosNear(x: number): number {
  const z = x * x;
  const high = -2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11);
  const rest = -0.001388888888887411 + z * (2.480158728947673e-5 + z * high);
  return 1 - 0.5 * z + z * z * (0.0416666666666666 + z * rest);
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
  const even = 0.049768779946159324 + w * 0.016285820115365782;
  const evens = 0.09090887133436507 + w * (0.06661073137387531 + w * even);
  const odd = -0.058335701337905735 + w * -0.036531572744216916;
  const odds = -0.11111110405462356 + w * (-0.0769187620504483 + w * odd);
  const high = z * (0.3333333333333293 + w * (0.14285714272503466 + w * evens));
  return x - x * (high + w * (-0.19999999999876483 + w * odds));
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
