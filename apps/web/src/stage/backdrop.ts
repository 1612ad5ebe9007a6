import { ForestMap } from '@overworld/ruleset-forest';
import { Crowd } from './crowd.ts';
import { scatter } from './noise.ts';
import type { Stage } from './stage.ts';
import { Woods } from './woods.ts';

const ANGLE_PER_MS = 0.000045;
const CREATURES = 7;

/** A glade, circled slowly: the picture behind the menus. */
export class Backdrop {
  readonly #woods: Woods;
  readonly #crowd: Crowd;
  readonly #x: number;
  readonly #y: number;

  constructor({ scene, quality }: Stage) {
    const map = new ForestMap({});
    const glade = map.glades[12] ?? { x: 500, y: 500 };
    this.#x = glade.x;
    this.#y = glade.y;
    this.#woods = new Woods(scene, map, quality);
    this.#crowd = new Crowd(scene);
    this.#woods.follow(glade.x, glade.y);
  }

  draw(stage: Stage, nowMs: number, elapsedMs: number): void {
    stage.circle(this.#x, this.#y, 0.6 + nowMs * ANGLE_PER_MS);
    this.#crowd.begin(nowMs, elapsedMs);
    for (let index = 0; index < CREATURES; index++) {
      const pace = nowMs * 0.00016 * (0.6 + scatter(index, 1)) + index * 2.4;
      const far = 3.5 + scatter(index, 2) * 7;
      const x = this.#x + Math.cos(pace) * far;
      const y = this.#y + Math.sin(pace) * far * 0.8;
      this.#crowd.creature({ id: String(index), x, y, hue: index });
    }
    this.#crowd.end();
  }

  dispose(): void {
    this.#woods.dispose();
    this.#crowd.dispose();
  }
}
