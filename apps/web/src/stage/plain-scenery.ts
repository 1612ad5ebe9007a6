import type { EntityValues, GameZone } from '@overworld/client';
import { CircleGeometry, type Color, MeshLambertMaterial, type Scene } from 'three';
import { PERSON_COLOURS } from './crowd.ts';
import { Ground } from './ground.ts';
import { Instances } from './instances.ts';
import { numberOf, type Picture, type Scenery, textOf } from './scenery.ts';

const CAPACITY = 2_000;
const TILE_M = 5;
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

/** A chessboard, so that one sees that one moves. */
function groundColour(x: number, y: number, out: Color): void {
  const isDark = (Math.floor(x / TILE_M) + Math.floor(y / TILE_M)) % 2 === 0;
  out.set(isDark ? '#8f9f86' : '#99a98f');
}

/** For rulesets that the page knows nothing about: whatever moves is a disc with its name. */
export class PlainScenery implements Scenery {
  readonly #ground: Ground;
  readonly #discs: Instances;
  readonly #motion: MotionFields | undefined;

  constructor(scene: Scene, zone: GameZone) {
    this.#motion = motionOf(zone);
    this.#ground = new Ground(scene, groundColour);
    const disc = new CircleGeometry(RADIUS_M, 20).rotateX(-Math.PI / 2);
    this.#discs = new Instances(scene, disc, CAPACITY, new MeshLambertMaterial());
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
  }

  follow(x: number, y: number): void {
    this.#ground.follow(x, y);
  }

  dispose(): void {
    this.#discs.dispose();
    this.#ground.dispose();
  }
}
