import { BufferGeometry, Color, Float32BufferAttribute, Mesh, MeshLambertMaterial, type Scene } from 'three';

const TILE_M = 5;
const TILES = 46;

/** The colour of the ground at a place. */
export type GroundColour = (x: number, y: number, out: Color) => void;

/** A sheet of coloured triangles that stays under the viewer, its colours fixed to the world. */
export class Ground {
  readonly #mesh: Mesh;
  readonly #colours: Float32BufferAttribute;
  readonly #colourOf: GroundColour;
  #column = Number.NaN;
  #row = Number.NaN;

  constructor(scene: Scene, colourOf: GroundColour) {
    this.#colourOf = colourOf;
    const geometry = new BufferGeometry();
    geometry.setAttribute('position', new Float32BufferAttribute(Ground.#corners(), 3));
    this.#colours = new Float32BufferAttribute(new Float32Array(TILES * TILES * 18), 3);
    geometry.setAttribute('color', this.#colours);
    geometry.computeVertexNormals();
    this.#mesh = new Mesh(geometry, new MeshLambertMaterial({ vertexColors: true }));
    this.#mesh.frustumCulled = false;
    scene.add(this.#mesh);
  }

  static #corners(): number[] {
    const corners: number[] = [];
    for (let row = 0; row < TILES; row++) {
      for (let column = 0; column < TILES; column++) {
        const [x, z] = [column * TILE_M, row * TILE_M];
        const [right, below] = [x + TILE_M, z + TILE_M];
        corners.push(x, 0, z, x, 0, below, right, 0, z);
        corners.push(right, 0, z, x, 0, below, right, 0, below);
      }
    }
    return corners;
  }

  follow(x: number, y: number): void {
    const column = Math.floor(x / TILE_M) - TILES / 2;
    const row = Math.floor(y / TILE_M) - TILES / 2;
    if (column === this.#column && row === this.#row) return;
    this.#column = column;
    this.#row = row;
    this.#mesh.position.set(column * TILE_M, 0, row * TILE_M);
    this.#paint(column * TILE_M, row * TILE_M);
  }

  #paint(left: number, top: number): void {
    const colour = new Color();
    const array = this.#colours.array as Float32Array;
    for (let triangle = 0; triangle < TILES * TILES * 2; triangle++) {
      const tile = triangle >> 1;
      const third = triangle & 1 ? 3.4 : 1.6;
      const x = left + (tile % TILES) * TILE_M + third;
      const y = top + Math.floor(tile / TILES) * TILE_M + third;
      this.#colourOf(x, y, colour);
      for (let corner = 0; corner < 3; corner++) colour.toArray(array, triangle * 9 + corner * 3);
    }
    this.#colours.needsUpdate = true;
  }

  dispose(): void {
    this.#mesh.removeFromParent();
    this.#mesh.geometry.dispose();
    (this.#mesh.material as MeshLambertMaterial).dispose();
  }
}
