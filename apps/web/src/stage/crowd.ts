import { CircleGeometry, MeshBasicMaterial, type Scene } from 'three';
import { Instances } from './instances.ts';
import { creature, personBody, personHead } from './shapes.ts';

export const PERSON_COLOURS = [
  '#d9584a',
  '#e58a3c',
  '#e3b93f',
  '#8db04a',
  '#3f9b6d',
  '#2f9a9a',
  '#3d83c4',
  '#5b66c9',
  '#8a5cc0',
  '#bf5aa8',
  '#c7506f',
  '#7b6a5a',
] as const;
const CREATURE_COLOURS = ['#b98d5f', '#a57a50', '#c9a678', '#8f7a66', '#d8c3a0', '#9c8a7a'] as const;
const CAPACITY = 320;
const STRIDES_PER_M = 1.9;
const TURN_PER_S = 12;
const FORGET_AFTER_MS = 3_000;
const MOVING_MPS = 0.15;

interface Gait {
  heading: number;
  stride: number;
  x: number;
  y: number;
  seenMs: number;
}

/** Somebody to draw. `yaw` in radians from +x towards +y; without it the heading follows the way walked. */
export interface Figure {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly yaw?: number;
  readonly hue: number;
}

function turnedTowards(heading: number, wanted: number, most: number): number {
  const difference = Math.atan2(Math.sin(wanted - heading), Math.cos(wanted - heading));
  return heading + Math.max(-most, Math.min(most, difference));
}

/** People and creatures: instanced, with a bobbing gait and a soft shadow. */
export class Crowd {
  readonly #bodies: Instances;
  readonly #heads: Instances;
  readonly #creatures: Instances;
  readonly #shadows: Instances;
  readonly #gaits = new Map<string, Gait>();
  #elapsedS = 0;
  #nowMs = 0;

  constructor(scene: Scene) {
    this.#bodies = new Instances(scene, personBody(), CAPACITY);
    this.#heads = new Instances(scene, personHead(), CAPACITY);
    this.#creatures = new Instances(scene, creature(), CAPACITY);
    const disc = new CircleGeometry(0.55, 14).rotateX(-Math.PI / 2);
    const shade = new MeshBasicMaterial({
      color: '#1d3324',
      transparent: true,
      opacity: 0.26,
      depthWrite: false,
    });
    this.#shadows = new Instances(scene, disc, CAPACITY * 2, shade);
  }

  begin(nowMs: number, elapsedMs: number): void {
    this.#nowMs = nowMs;
    this.#elapsedS = Math.min(0.1, elapsedMs / 1000);
    for (const instances of this.#all()) instances.begin();
  }

  person(figure: Figure): void {
    const gait = this.#walk(figure);
    const bob = Math.abs(Math.sin(gait.stride)) * 0.12;
    const colour = PERSON_COLOURS[figure.hue % PERSON_COLOURS.length] as string;
    this.#bodies.add(figure.x, bob, figure.y, gait.heading, 1, 1, colour);
    this.#heads.add(figure.x, bob, figure.y, gait.heading, 1, 1);
    this.#shadows.add(figure.x + 0.12, 0.03, figure.y - 0.1, 0, 1, 1);
  }

  creature(figure: Figure): void {
    const gait = this.#walk(figure);
    const bob = Math.abs(Math.sin(gait.stride)) * 0.08;
    const colour = CREATURE_COLOURS[figure.hue % CREATURE_COLOURS.length] as string;
    this.#creatures.add(figure.x, bob, figure.y, gait.heading, 1, 1, colour);
    this.#shadows.add(figure.x + 0.12, 0.03, figure.y - 0.1, 0, 1.1, 1);
  }

  end(): void {
    for (const instances of this.#all()) instances.end();
    for (const [id, gait] of this.#gaits) {
      if (this.#nowMs - gait.seenMs > FORGET_AFTER_MS) this.#gaits.delete(id);
    }
  }

  dispose(): void {
    for (const instances of this.#all()) instances.dispose();
  }

  #all(): readonly Instances[] {
    return [this.#bodies, this.#heads, this.#creatures, this.#shadows];
  }

  #walk(figure: Figure): Gait {
    const { id, x, y, yaw } = figure;
    let gait = this.#gaits.get(id);
    if (gait === undefined) {
      gait = { heading: yaw ?? Math.PI / 2, stride: 0, x, y, seenMs: this.#nowMs };
      this.#gaits.set(id, gait);
    }
    const dx = x - gait.x;
    const dy = y - gait.y;
    const distance = Math.hypot(dx, dy);
    const moving = this.#elapsedS > 0 && distance / this.#elapsedS > MOVING_MPS && distance < 3;
    gait.stride = moving ? gait.stride + distance * STRIDES_PER_M : 0;
    const wanted = yaw ?? (moving ? Math.atan2(dy, dx) : gait.heading);
    gait.heading = turnedTowards(gait.heading, wanted, TURN_PER_S * this.#elapsedS);
    gait.x = x;
    gait.y = y;
    gait.seenMs = this.#nowMs;
    return gait;
  }
}
