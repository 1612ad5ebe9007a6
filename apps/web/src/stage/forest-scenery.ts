import { type ForestMap, ForestMap as ForestMapOf, KIND } from '@overworld/ruleset-forest';
import { CircleGeometry, Mesh, MeshBasicMaterial, type Scene } from 'three';
import { Crowd } from './crowd.ts';
import { flatMaterial, Instances } from './instances.ts';
import { numberOf, type Picture, type Scenery, textOf } from './scenery.ts';
import { coin, gateArch, PERSON_HEIGHT } from './shapes.ts';
import type { Stage } from './stage.ts';
import { Woods } from './woods.ts';

const COIN_HOVER_M = 0.75;
const COIN_SPIN_PER_S = 2.4;

/** The stone arch to the next forest. */
class Gate {
  readonly #arch: Mesh;
  readonly #veil: Mesh;
  readonly #material: MeshBasicMaterial;

  constructor(scene: Scene, x: number, y: number) {
    this.#arch = new Mesh(gateArch(), flatMaterial());
    this.#arch.position.set(x, 0, y);
    this.#material = new MeshBasicMaterial({
      color: '#9fe6d8',
      transparent: true,
      opacity: 0.5,
      depthWrite: false,
    });
    this.#veil = new Mesh(new CircleGeometry(2.2, 24), this.#material);
    this.#veil.scale.set(0.95, 1.35, 1);
    this.#veil.position.set(x, 3, y);
    scene.add(this.#arch, this.#veil);
  }

  shimmer(nowMs: number): void {
    this.#material.opacity = 0.45 + 0.15 * Math.sin(nowMs / 420);
  }

  dispose(): void {
    for (const mesh of [this.#arch, this.#veil]) {
      mesh.removeFromParent();
      mesh.geometry.dispose();
    }
    this.#material.dispose();
  }
}

/** A forest: its trees come from the map, which follows from the zone's parameters on the server and here alike. */
export class ForestScenery implements Scenery {
  readonly #map: ForestMap;
  readonly #woods: Woods;
  readonly #crowd: Crowd;
  readonly #coins: Instances;
  readonly #gate: Gate | undefined;

  constructor({ scene, quality }: Stage, params: unknown) {
    this.#map = new ForestMapOf(params);
    this.#woods = new Woods(scene, this.#map, quality);
    this.#crowd = new Crowd(scene);
    this.#coins = new Instances(scene, coin(), 400);
    const { gate } = this.#map;
    this.#gate = gate && new Gate(scene, gate.x, gate.y);
  }

  draw(picture: Picture): void {
    const { zone, nowMs, elapsedMs } = picture;
    const renderTick = zone.renderTick;
    this.#crowd.begin(nowMs, elapsedMs);
    this.#coins.begin();
    for (const entity of zone.entities) {
      const values = entity.sample(renderTick);
      this.#drawEntity(picture, entity.id, entity.isOwn, values.body, values.look);
    }
    this.#crowd.end();
    this.#coins.end();
    this.#drawGate(picture);
  }

  /** Grows the woods around a place. */
  follow(x: number, y: number): void {
    this.#woods.follow(x, y);
  }

  dispose(): void {
    this.#woods.dispose();
    this.#crowd.dispose();
    this.#coins.dispose();
    this.#gate?.dispose();
  }

  #drawEntity(
    picture: Picture,
    id: string,
    isOwn: boolean,
    body: { readonly [field: string]: unknown } | undefined,
    look: { readonly [field: string]: unknown } | undefined,
  ): void {
    if (body === undefined || look === undefined) return;
    const x = numberOf(body, 'x');
    const y = numberOf(body, 'y');
    const kind = numberOf(look, 'kind');
    const hue = numberOf(look, 'hue');
    if (kind === KIND.coin) this.#drawCoin(x, y, picture.nowMs);
    else if (kind === KIND.creature) this.#crowd.creature({ id, x, y, hue });
    else {
      this.#crowd.person({ id, x, y, hue });
      picture.labels.name(picture.stage, x, PERSON_HEIGHT + 0.25, y, textOf(look, 'name'), isOwn);
    }
  }

  #drawCoin(x: number, y: number, nowMs: number): void {
    const seconds = nowMs / 1000;
    const height = COIN_HOVER_M + Math.sin(seconds * 2.2 + x) * 0.12;
    this.#coins.add(x, height, y, seconds * COIN_SPIN_PER_S + x, 1, 1);
  }

  #drawGate({ labels, stage, nowMs }: Picture): void {
    const { gate } = this.#map;
    if (gate === undefined) return;
    this.#gate?.shimmer(nowMs);
    labels.name(stage, gate.x, 7.4, gate.y, `Gate to ${gate.to}`, true);
  }
}
