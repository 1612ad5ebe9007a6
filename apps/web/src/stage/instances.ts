import {
  type BufferGeometry,
  Color,
  DynamicDrawUsage,
  InstancedMesh,
  type Material,
  Matrix4,
  MeshLambertMaterial,
  Quaternion,
  type Scene,
  Vector3,
} from 'three';

const UP = new Vector3(0, 1, 0);
const matrix = new Matrix4();
const position = new Vector3();
const turn = new Quaternion();
const scale = new Vector3();
const tint = new Color();

export function flatMaterial(): MeshLambertMaterial {
  return new MeshLambertMaterial({ vertexColors: true, flatShading: true });
}

/** Many copies of one shape in one draw call, written anew between `begin` and `end`. What does not fit is left out. */
export class Instances {
  readonly mesh: InstancedMesh;
  readonly #capacity: number;
  #count = 0;

  constructor(scene: Scene, geometry: BufferGeometry, capacity: number, material: Material = flatMaterial()) {
    this.mesh = new InstancedMesh(geometry, material, capacity);
    this.mesh.instanceMatrix.setUsage(DynamicDrawUsage);
    this.mesh.frustumCulled = false;
    this.mesh.count = 0;
    this.#capacity = capacity;
    scene.add(this.mesh);
  }

  begin(): void {
    this.#count = 0;
  }

  /** `yaw` turns about the vertical; sizes multiply. */
  add(
    x: number,
    height: number,
    y: number,
    yaw: number,
    sizeXz: number,
    sizeY: number,
    colour?: string,
  ): void {
    if (this.#count >= this.#capacity) return;
    position.set(x, height, y);
    turn.setFromAxisAngle(UP, -yaw);
    scale.set(sizeXz, sizeY, sizeXz);
    this.mesh.setMatrixAt(this.#count, matrix.compose(position, turn, scale));
    if (colour !== undefined) this.mesh.setColorAt(this.#count, tint.set(colour));
    this.#count += 1;
  }

  end(): void {
    this.mesh.count = this.#count;
    this.mesh.instanceMatrix.needsUpdate = true;
    if (this.mesh.instanceColor) this.mesh.instanceColor.needsUpdate = true;
  }

  dispose(): void {
    this.mesh.removeFromParent();
    this.mesh.geometry.dispose();
    (this.mesh.material as Material).dispose();
    this.mesh.dispose();
  }
}
