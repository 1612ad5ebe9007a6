import { CircleGeometry, type Color, Mesh, MeshBasicMaterial, MeshLambertMaterial, type Scene } from 'three';
import { Crowd } from './crowd.ts';
import { Ground } from './ground.ts';
import { flatMaterial, Instances } from './instances.ts';
import { noise, scatter } from './noise.ts';
import { numberOf, type Picture, type Scenery, textOf } from './scenery.ts';
import { broadleaf, bush, compassRose, PERSON_HEIGHT, tuft } from './shapes.ts';

const SIZE_M = 60;
const CENTRE_M = SIZE_M / 2;
const TURN = 65_536;
const PLAZA_M = 15;
const HEDGE_STEP_M = 2;
const HEDGE_COLOURS = ['#5e9150', '#6a9a55', '#548548'] as const;
const TREE_COLOURS = ['#7fa653', '#8aa84a', '#6f9c4d', '#c49a4a'] as const;

function groundColour(x: number, y: number, out: Color): void {
  const outside = x < 0 || y < 0 || x >= SIZE_M || y >= SIZE_M;
  const grain = scatter(Math.floor(x), Math.floor(y), 3) * 0.03;
  if (outside) out.setHSL(0.26, 0.26, 0.42 + grain);
  else out.setHSL(0.27, 0.38 + noise(x / 20, y / 20) * 0.1, 0.42 + grain + noise(x / 12, y / 12, 1) * 0.06);
}

/** A garden with a paved round in its middle, hedges at its borders and trees behind them. */
export class LobbyScenery implements Scenery {
  readonly #ground: Ground;
  readonly #plaza: readonly Mesh[];
  readonly #planted: readonly Instances[];
  readonly #crowd: Crowd;

  constructor(scene: Scene) {
    this.#ground = new Ground(scene, groundColour);
    this.#plaza = LobbyScenery.#pave(scene);
    const hedges = new Instances(scene, bush(), 400);
    const trees = new Instances(scene, broadleaf(), 80);
    const tufts = new Instances(scene, tuft(), 420, new MeshBasicMaterial({ vertexColors: true }));
    this.#planted = [hedges, trees, tufts];
    for (const instances of this.#planted) instances.begin();
    LobbyScenery.#plantHedges(hedges);
    LobbyScenery.#plantTrees(trees);
    LobbyScenery.#plantGrass(tufts);
    for (const instances of this.#planted) instances.end();
    this.#crowd = new Crowd(scene);
  }

  static #pave(scene: Scene): Mesh[] {
    const rings: readonly [number, string, number][] = [
      [PLAZA_M + 0.7, '#8f8877', 0.02],
      [PLAZA_M, '#bdb39c', 0.03],
      [PLAZA_M - 4.6, '#a99f88', 0.04],
      [PLAZA_M - 5.2, '#c6bda8', 0.05],
    ];
    const discs = rings.map(([radius, color, height]) => {
      const disc = new Mesh(
        new CircleGeometry(radius, 40).rotateX(-Math.PI / 2),
        new MeshLambertMaterial({ color }),
      );
      disc.position.set(CENTRE_M, height, CENTRE_M);
      return disc;
    });
    const rose = new Mesh(compassRose(), flatMaterial());
    rose.position.set(CENTRE_M, 0.06, CENTRE_M);
    scene.add(...discs, rose);
    return [...discs, rose];
  }

  static #plantHedges(hedges: Instances): void {
    for (let along = -1; along <= SIZE_M + 1; along += HEDGE_STEP_M) {
      for (const [x, y] of [
        [along, -1.2],
        [along, SIZE_M + 1.2],
        [-1.2, along],
        [SIZE_M + 1.2, along],
      ] as const) {
        const share = scatter(Math.round(x), Math.round(y));
        const colour = HEDGE_COLOURS[Math.floor(share * HEDGE_COLOURS.length)] as string;
        hedges.add(x, 0, y, share * 6, 1.9, 1.5 + share * 0.5, colour);
      }
    }
  }

  static #plantTrees(trees: Instances): void {
    for (let index = 0; index < 70; index++) {
      const angle = (index / 70) * Math.PI * 2 + scatter(index, 0) * 0.4;
      const far = 48 + scatter(index, 1) * 26;
      const size = 1.2 + scatter(index, 2) * 0.9;
      const colour = TREE_COLOURS[Math.floor(scatter(index, 3) * TREE_COLOURS.length)] as string;
      trees.add(
        CENTRE_M + Math.cos(angle) * far,
        0,
        CENTRE_M + Math.sin(angle) * far,
        angle,
        size,
        size,
        colour,
      );
    }
  }

  static #plantGrass(tufts: Instances): void {
    for (let index = 0; index < 420; index++) {
      const x = scatter(index, 5) * SIZE_M;
      const y = scatter(index, 6) * SIZE_M;
      if (Math.hypot(x - CENTRE_M, y - CENTRE_M) < PLAZA_M + 1.5) continue;
      const flower = scatter(index, 7) > 0.8;
      tufts.add(x, 0, y, index, 1.3, 1, flower ? '#f7d774' : '#8fbd5e');
    }
  }

  draw({ zone, stage, labels, nowMs, elapsedMs }: Picture): void {
    this.#ground.follow(CENTRE_M, CENTRE_M);
    const renderTick = zone.renderTick;
    this.#crowd.begin(nowMs, elapsedMs);
    for (const entity of zone.entities) {
      const { body, look, facing } = entity.sample(renderTick);
      if (body === undefined || look === undefined) continue;
      const x = numberOf(body, 'x');
      const y = numberOf(body, 'y');
      const yaw = (numberOf(facing, 'yaw') / TURN) * Math.PI * 2;
      this.#crowd.person({ id: entity.id, x, y, yaw, hue: numberOf(look, 'hue') });
      labels.name(stage, x, PERSON_HEIGHT + 0.25, y, textOf(look, 'name'), entity.isOwn);
    }
    this.#crowd.end();
  }

  dispose(): void {
    this.#ground.dispose();
    this.#crowd.dispose();
    for (const instances of this.#planted) instances.dispose();
    for (const mesh of this.#plaza) {
      mesh.removeFromParent();
      mesh.geometry.dispose();
    }
  }
}
