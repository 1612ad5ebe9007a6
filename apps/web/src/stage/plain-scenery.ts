import type { EntityValues, GameZone } from '@overworld/client';
import {
  CircleGeometry,
  Color,
  GridHelper,
  Mesh,
  MeshLambertMaterial,
  PlaneGeometry,
  type Scene,
} from 'three';
import { PERSON_COLOURS } from './crowd.ts';
import { Instances } from './instances.ts';
import { numberOf, type Picture, type Scenery, textOf } from './scenery.ts';

const CAPACITY = 2_000;
const GRID_M = 400;
const GRID_STEP_M = 5;
const RADIUS_M = 0.6;

/** The component that moves, and its first two axes. */
interface MotionFields {
  readonly component: string;
  readonly x: string;
  readonly y: string;
}

function motionOf(zone: GameZone): MotionFields | undefined {
  for (const component of zone.schema.components) {
    const [x, y] = component.motion?.position ?? [];
    if (x !== undefined) return { component: component.name, x, y: y ?? x };
  }
  return undefined;
}

/** The first text among an entity's values is taken for its name. */
function nameOf(values: EntityValues): string {
  for (const component of Object.values(values)) {
    const name = textOf(component, 'name');
    if (name !== '') return name;
  }
  return '';
}

function hueOf(values: EntityValues, id: string): number {
  for (const component of Object.values(values)) {
    if (typeof component?.hue === 'number') return component.hue;
  }
  return Number.parseInt(id.slice(-2), 16);
}

/** For rulesets that the page knows nothing about: whatever moves is a disc with its name. */
export class PlainScenery implements Scenery {
  readonly #floor: Mesh;
  readonly #grid: GridHelper;
  readonly #discs: Instances;
  readonly #motion: MotionFields | undefined;

  constructor(scene: Scene, zone: GameZone) {
    this.#motion = motionOf(zone);
    this.#floor = new Mesh(
      new PlaneGeometry(GRID_M * 2, GRID_M * 2).rotateX(-Math.PI / 2),
      new MeshLambertMaterial({ color: '#d5ddc9' }),
    );
    this.#grid = new GridHelper(GRID_M, GRID_M / GRID_STEP_M, new Color('#b3c0a8'), new Color('#bccab2'));
    this.#grid.position.y = 0.02;
    const disc = new CircleGeometry(RADIUS_M, 20).rotateX(-Math.PI / 2);
    this.#discs = new Instances(scene, disc, CAPACITY, new MeshLambertMaterial());
    scene.add(this.#floor, this.#grid);
  }

  draw({ zone, stage, labels }: Picture): void {
    this.#discs.begin();
    const motion = this.#motion;
    const renderTick = zone.renderTick;
    for (const entity of motion === undefined ? [] : zone.entities) {
      const values = entity.sample(renderTick);
      const moving = values[(motion as MotionFields).component];
      if (moving === undefined) continue;
      const x = numberOf(moving, (motion as MotionFields).x);
      const y = numberOf(moving, (motion as MotionFields).y);
      const colour = PERSON_COLOURS[hueOf(values, entity.id) % PERSON_COLOURS.length] as string;
      this.#discs.add(x, 0.06, y, 0, entity.isOwn ? 1.25 : 1, 1, colour);
      labels.name(stage, x, 0.9, y, nameOf(values), entity.isOwn);
    }
    this.#discs.end();
    this.#centre(zone);
  }

  dispose(): void {
    this.#discs.dispose();
    for (const thing of [this.#floor, this.#grid]) {
      thing.removeFromParent();
      thing.geometry.dispose();
    }
  }

  /** The grid follows in whole steps, so that its lines stay where they are. */
  #centre(zone: GameZone): void {
    const own = zone.self?.sample();
    const moving = this.#motion && own?.[this.#motion.component];
    if (moving === undefined || this.#motion === undefined) return;
    const snap = (value: number): number => Math.round(value / GRID_STEP_M) * GRID_STEP_M;
    this.#grid.position.set(
      snap(numberOf(moving, this.#motion.x)),
      0.02,
      snap(numberOf(moving, this.#motion.y)),
    );
    this.#floor.position.set(this.#grid.position.x, 0, this.#grid.position.z);
  }
}
