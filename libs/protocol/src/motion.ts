/*
 * Motion: position and velocity are sent once and hold from a start tick on, until they are sent again.
 *
 *   start tick  = frameTick - ((frameTick - start) mod 65536)        start: u16, never in the future
 *   position(t) = position + velocity * ((t - startTick) / tickHz)   velocity in units per second
 */

/**
 * The whole start tick, from its low 16 bits and the tick of the frame that carried it. It is never after
 * `frameTick`; it can be below zero in the first 65,536 ticks of a zone for a resting entity whose start is stale.
 */
export function motionStartTick(start: number, frameTick: number): number {
  return frameTick - ((frameTick - start) & 0xffff);
}

/** Where one coordinate is at `tick`, which can be fractional. Server and clients compute exactly this. */
export function extrapolate(
  position: number,
  velocity: number,
  startTick: number,
  tick: number,
  tickHz: number,
): number {
  return position + velocity * ((tick - startTick) / tickHz);
}

/** A moving entity's motion is sent again before its start is older than this, so that 16 bits are enough. */
export const MOTION_MAX_AGE_TICKS = 0x8000;
