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

const SKY = '#c9e2d6';
const FOG_NEAR_M = 52;
const FOG_FAR_M = 104;
const MAX_PIXEL_RATIO = 2;
const BACK = { height: 17, behind: 15.5 };
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
  readonly camera = new PerspectiveCamera(45, 1, 0.5, 220);
  readonly #renderer: WebGLRenderer;
  readonly #canvas: HTMLCanvasElement;
  readonly #raycaster = new Raycaster();
  readonly #ground = new Plane(new Vector3(0, 1, 0), 0);
  readonly #point = new Vector3();
  readonly #screen: ScreenPoint = { x: 0, y: 0, depth: 0, visible: false };
  #zoom = 1;
  #width = 1;
  #height = 1;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#renderer = new WebGLRenderer({ canvas, antialias: true, powerPreference: 'high-performance' });
    this.scene.background = new Color(SKY);
    this.scene.fog = new Fog(SKY, FOG_NEAR_M, FOG_FAR_M);
    this.scene.add(new HemisphereLight('#f4fbff', '#7c8a5c', 1.9));
    const sun = new DirectionalLight('#ffedcc', 2.1);
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
    this.#renderer.setPixelRatio(Math.min(MAX_PIXEL_RATIO, window.devicePixelRatio));
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
    this.camera.lookAt(x, 0.8, y - 1);
  }

  /** Circles a place slowly: the picture behind the menus. */
  circle(x: number, y: number, angle: number): void {
    this.camera.position.set(x + Math.cos(angle) * 26, 11, y + Math.sin(angle) * 26);
    this.camera.lookAt(x, 3, y);
  }

  render(): void {
    this.#renderer.render(this.scene, this.camera);
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
