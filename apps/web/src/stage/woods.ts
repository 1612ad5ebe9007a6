import { CELL_M, CELLS, type ForestMap, SIZE_M } from '@overworld/ruleset-forest';
import { CircleGeometry, type Color, MeshBasicMaterial, type Scene } from 'three';
import { Ground } from './ground.ts';
import { Instances } from './instances.ts';
import { noise, scatter } from './noise.ts';
import type { Quality } from './quality.ts';
import { broadleaf, bush, conifer, flowers, rock, tuft } from './shapes.ts';

const SIGHT_M = 112;
const REBUILD_M = 12;
const CONIFER_COLOURS = ['#4a8765', '#539374', '#437a5c', '#5f9b76'] as const;
const LEAF_COLOURS = ['#6f9c4d', '#7fa653', '#8aa84a', '#5e9150', '#a9a44a'] as const;
const FLOWER_COLOURS = ['#f7d774', '#f2a7b8', '#fffaf0', '#b4b8f2', '#f08f6a'] as const;
const GRASS_COLOURS = ['#8fbd5e', '#7fb056', '#a3c468', '#74a552'] as const;
const ROCK_COLOURS = ['#a3a79c', '#8f948b', '#b3b5a6'] as const;

function pick(colours: readonly string[], share: number): string {
  return colours[Math.floor(share * colours.length)] as string;
}

function groundColour(x: number, y: number, out: Color): void {
  if (x < 0 || y < 0 || x >= SIZE_M || y >= SIZE_M) {
    out.setHSL(0.52, 0.35, 0.5 + 0.03 * scatter(Math.floor(x), Math.floor(y)));
    return;
  }
  const meadow = noise(x / 34, y / 34, 1);
  const dry = noise(x / 90, y / 90, 2);
  const grain = scatter(Math.floor(x), Math.floor(y), 3);
  out.setHSL(0.285 - dry * 0.06, 0.38 + meadow * 0.12, 0.36 + meadow * 0.1 + grain * 0.035);
}

/** Trees where the map has them, and around them grass, flowers, bushes and stones that nobody walks into. */
export class Woods {
  readonly #map: ForestMap;
  readonly #isBare: boolean;
  readonly #ground: Ground;
  readonly #conifers: Instances;
  readonly #leaves: Instances;
  readonly #bushes: Instances;
  readonly #rocks: Instances;
  readonly #tufts: Instances;
  readonly #flowers: Instances;
  readonly #shadows: Instances;
  #x = Number.NaN;
  #y = Number.NaN;

  constructor(scene: Scene, map: ForestMap, quality: Quality) {
    this.#map = map;
    this.#isBare = quality === 'low';
    this.#ground = new Ground(scene, groundColour);
    this.#conifers = new Instances(scene, conifer(), 500);
    this.#leaves = new Instances(scene, broadleaf(), 400);
    this.#bushes = new Instances(scene, bush(), 500);
    this.#rocks = new Instances(scene, rock(), 300);
    this.#tufts = new Instances(scene, tuft(), 3600, new MeshBasicMaterial({ vertexColors: true }));
    this.#flowers = new Instances(scene, flowers(), 900, new MeshBasicMaterial({ vertexColors: true }));
    const disc = new CircleGeometry(1.7, 16).rotateX(-Math.PI / 2).scale(1.25, 1, 1);
    const shade = new MeshBasicMaterial({
      color: '#1d3324',
      transparent: true,
      opacity: 0.22,
      depthWrite: false,
    });
    this.#shadows = new Instances(scene, disc, 900, shade);
  }

  /** Plants what can be seen from a place, when that has moved far enough. */
  follow(x: number, y: number): void {
    this.#ground.follow(x, y);
    if (Math.abs(x - this.#x) < REBUILD_M && Math.abs(y - this.#y) < REBUILD_M) return;
    this.#x = x;
    this.#y = y;
    for (const instances of this.#all()) instances.begin();
    const first = (centre: number): number => Math.max(0, Math.floor((centre - SIGHT_M) / CELL_M));
    const last = (centre: number): number => Math.min(CELLS - 1, Math.ceil((centre + SIGHT_M) / CELL_M));
    for (let row = first(y); row <= last(y); row++) {
      for (let column = first(x); column <= last(x); column++) this.#plant(column, row);
    }
    for (const instances of this.#all()) instances.end();
  }

  dispose(): void {
    this.#ground.dispose();
    for (const instances of this.#all()) instances.dispose();
  }

  #all(): readonly Instances[] {
    return [
      this.#conifers,
      this.#leaves,
      this.#bushes,
      this.#rocks,
      this.#tufts,
      this.#flowers,
      this.#shadows,
    ];
  }

  #plant(column: number, row: number): void {
    const x = (column + 0.5) * CELL_M;
    const y = (row + 0.5) * CELL_M;
    const dx = x - this.#x;
    const dy = y - this.#y;
    if (dx * dx + dy * dy > SIGHT_M * SIGHT_M) return;
    if (this.#map.blocked[row * CELLS + column] === 1) this.#tree(column, row, x, y);
    else if (!this.#isBare) this.#undergrowth(column, row, x, y);
  }

  #tree(column: number, row: number, x: number, y: number): void {
    const share = scatter(column, row, 1);
    const size = 1 + scatter(column, row, 2) * 0.5;
    const yaw = scatter(column, row, 3) * 6.28;
    const inConifers = noise(column / 9, row / 9, 4) + share * 0.3 > 0.6;
    if (inConifers) this.#conifers.add(x, 0, y, yaw, size, size * 1.1, pick(CONIFER_COLOURS, share));
    else this.#leaves.add(x, 0, y, yaw, size, size, pick(LEAF_COLOURS, share));
    this.#shadows.add(x + 0.5, 0.02, y - 0.35, 0, size, 1);
    const side = yaw + 2;
    const bushX = x + Math.cos(side) * 1.35;
    const bushY = y + Math.sin(side) * 1.35;
    this.#bushes.add(
      bushX,
      0,
      bushY,
      yaw,
      0.6 + share * 0.5,
      0.6 + share * 0.4,
      pick(LEAF_COLOURS, 1 - share),
    );
  }

  #undergrowth(column: number, row: number, x: number, y: number): void {
    const share = scatter(column, row, 5);
    const [offX, offY] = [(scatter(column, row, 6) - 0.5) * 3.4, (scatter(column, row, 7) - 0.5) * 3.4];
    if (share < 0.025) {
      const size = 0.6 + scatter(column, row, 8);
      this.#rocks.add(x + offX, 0.1, y + offY, share * 200, size, size, pick(ROCK_COLOURS, share / 0.025));
    } else if (share < 0.05) {
      const size = 0.5 + scatter(column, row, 8) * 0.5;
      this.#bushes.add(
        x + offX,
        0,
        y + offY,
        share * 200,
        size,
        size,
        pick(LEAF_COLOURS, (share - 0.025) * 40),
      );
    } else if (share < 0.66) {
      this.#meadow(x + offX, y + offY, column, row, share);
    }
  }

  /** Grass everywhere; flowers in patches. */
  #meadow(x: number, y: number, column: number, row: number, share: number): void {
    const size = 0.8 + scatter(column, row, 10) * 0.7;
    this.#tufts.add(x, 0, y, share * 60, size, size, pick(GRASS_COLOURS, scatter(column, row, 11)));
    if (noise(column / 5, row / 5, 9) < 0.62) return;
    const patch = noise(column / 7, row / 7, 12);
    this.#flowers.add(x + 0.5, 0, y + 0.3, share * 90, 1, 1, pick(FLOWER_COLOURS, patch));
  }
}
