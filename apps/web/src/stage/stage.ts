import {
  Color,
  DirectionalLight,
  Fog,
  HemisphereLight,
  PerspectiveCamera,
  Plane,
  Raycaster,
  Scene,
  Vector2,
  Vector3,
  WebGLRenderer,
} from 'three';
import type { Quality } from './quality.ts';
import { Sharpness } from './sharpness.ts';

const SKY = '#c9e2d6';
const FOG_NEAR_M = 55;
const FOG_FAR_M = 108;
const MAX_PIXEL_RATIO = 2;
const LOW_PIXEL_RATIO = 0.5;
const LOW_PICTURE_MS = 100;
const BACK = { height: 17.5, behind: 20 };
/** Upright screens see less to the sides: the camera goes up. */
const PORTRAIT_LIFT = 1.35;

export interface ScreenPoint {
  x: number;
  y: number;
  /** Metres from the camera. */
  depth: number;
  visible: boolean;
}

/** The 3D picture: renderer, light, camera. World (x, y) is three's (x, 0, z): north is up on the screen, y grows south. */
export class Stage {
  readonly scene = new Scene();
  readonly camera = new PerspectiveCamera(42, 1, 0.5, 220);
  readonly #renderer: WebGLRenderer;
  readonly #canvas: HTMLCanvasElement;
  readonly #raycaster = new Raycaster();
  readonly #ground = new Plane(new Vector3(0, 1, 0), 0);
  readonly #point = new Vector3();
  readonly #screen: ScreenPoint = { x: 0, y: 0, depth: 0, visible: false };
  readonly #sharpness: Sharpness;
  readonly quality: Quality;
  #drawnMs = 0;
  #zoom = 1;
  #width = 1;
  #height = 1;

  constructor(canvas: HTMLCanvasElement, quality: Quality) {
    this.#canvas = canvas;
    this.quality = quality;
    const most = quality === 'low' ? LOW_PIXEL_RATIO : Math.min(MAX_PIXEL_RATIO, window.devicePixelRatio);
    this.#sharpness = new Sharpness(most);
    this.#renderer = new WebGLRenderer({
      canvas,
      antialias: quality !== 'low',
      powerPreference: 'high-performance',
    });
    this.scene.background = new Color(SKY);
    this.scene.fog = new Fog(SKY, FOG_NEAR_M, FOG_FAR_M);
    this.scene.add(new HemisphereLight('#f4fbff', '#86945f', 1.75));
    const sun = new DirectionalLight('#ffecc4', 2.2);
    sun.position.set(-30, 50, 24);
    this.scene.add(sun);
    this.resize();
  }

  get width(): number {
    return this.#width;
  }

  get height(): number {
    return this.#height;
  }

  resize(): void {
    this.#width = Math.max(1, this.#canvas.clientWidth);
    this.#height = Math.max(1, this.#canvas.clientHeight);
    this.#renderer.setPixelRatio(this.#sharpness.ratio);
    this.#renderer.setSize(this.#width, this.#height, false);
    this.camera.aspect = this.#width / this.#height;
    this.camera.updateProjectionMatrix();
  }

  /** Nearer (below 1) or further (above 1). */
  zoomBy(factor: number): void {
    this.#zoom = Math.min(1.7, Math.max(0.6, this.#zoom * factor));
  }

  /** Looks at a place from the south. */
  follow(x: number, y: number): void {
    const lift = this.#zoom * (this.camera.aspect < 0.8 ? PORTRAIT_LIFT : 1);
    this.camera.position.set(x, BACK.height * lift, y + BACK.behind * lift);
    this.camera.lookAt(x, 0.8, y - 2.5);
  }

  /** Circles a place slowly: the picture behind the menus. */
  circle(x: number, y: number, angle: number): void {
    this.camera.position.set(x + Math.cos(angle) * 26, 11, y + Math.sin(angle) * 26);
    this.camera.lookAt(x, 3, y);
  }

  render(nowMs: number): void {
    if (this.quality === 'low' && nowMs - this.#drawnMs < LOW_PICTURE_MS) return;
    this.#drawnMs = nowMs;
    this.#renderer.render(this.scene, this.camera);
    if (this.quality === 'auto' && this.#sharpness.drawn(nowMs)) this.resize();
  }

  /** Where a point of the world is on the screen, CSS pixels; reused by the next call. */
  project(x: number, height: number, y: number): ScreenPoint {
    this.#point.set(x, height, y);
    const depth = this.#point.distanceTo(this.camera.position);
    this.#point.project(this.camera);
    this.#screen.x = (this.#point.x * 0.5 + 0.5) * this.#width;
    this.#screen.y = (0.5 - this.#point.y * 0.5) * this.#height;
    this.#screen.depth = depth;
    const { x: nx, y: ny, z: nz } = this.#point;
    this.#screen.visible = nz < 1 && Math.abs(nx) < 1.15 && Math.abs(ny) < 1.15;
    return this.#screen;
  }

  /** The place on the ground under a point of the screen. */
  groundAt(screenX: number, screenY: number): { x: number; y: number } | undefined {
    const pointer = new Vector2((screenX / this.#width) * 2 - 1, 1 - (screenY / this.#height) * 2);
    this.#raycaster.setFromCamera(pointer, this.camera);
    const hit = this.#raycaster.ray.intersectPlane(this.#ground, new Vector3());
    return hit === null ? undefined : { x: hit.x, y: hit.z };
  }
}
