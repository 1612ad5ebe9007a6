import {
  BoxGeometry,
  BufferGeometry,
  CapsuleGeometry,
  Color,
  ConeGeometry,
  CylinderGeometry,
  Float32BufferAttribute,
  IcosahedronGeometry,
  SphereGeometry,
  TorusGeometry,
} from 'three';
import { mergeGeometries } from 'three/addons/utils/BufferGeometryUtils.js';

/** Paints all of a geometry in one colour, so that several can be merged into one mesh. */
function painted(geometry: BufferGeometry, colour: string): BufferGeometry {
  const plain = geometry.index ? geometry.toNonIndexed() : geometry;
  const { r, g, b } = new Color(colour);
  const count = plain.getAttribute('position').count;
  const colours = new Float32Array(count * 3);
  for (let vertex = 0; vertex < count; vertex++) colours.set([r, g, b], vertex * 3);
  plain.setAttribute('color', new Float32BufferAttribute(colours, 3));
  plain.deleteAttribute('uv');
  return plain;
}

function merged(parts: BufferGeometry[]): BufferGeometry {
  const geometry = mergeGeometries(parts);
  geometry.computeVertexNormals();
  return geometry;
}

function at(geometry: BufferGeometry, x: number, y: number, z: number): BufferGeometry {
  return geometry.translate(x, y, z);
}

export function conifer(): BufferGeometry {
  return merged([
    painted(at(new CylinderGeometry(0.22, 0.3, 1, 6), 0, 0.5, 0), '#8a6444'),
    painted(at(new ConeGeometry(1.75, 2.2, 7), 0, 1.9, 0), '#ffffff'),
    painted(at(new ConeGeometry(1.35, 1.9, 7), 0, 3.1, 0), '#f2f2f2'),
    painted(at(new ConeGeometry(0.9, 1.7, 7), 0, 4.25, 0), '#e8e8e8'),
  ]);
}

export function broadleaf(): BufferGeometry {
  return merged([
    painted(at(new CylinderGeometry(0.25, 0.34, 1.8, 6), 0, 0.9, 0), '#8a6444'),
    painted(at(new IcosahedronGeometry(1.55, 0), 0, 2.9, 0), '#ffffff'),
    painted(at(new IcosahedronGeometry(1.05, 0), 0.75, 2.3, 0.5), '#eeeeee'),
    painted(at(new IcosahedronGeometry(0.95, 0), -0.7, 2.4, -0.4), '#e6e6e6'),
  ]);
}

export function bush(): BufferGeometry {
  return merged([
    painted(at(new IcosahedronGeometry(0.6, 0), 0, 0.35, 0), '#ffffff'),
    painted(at(new IcosahedronGeometry(0.42, 0), 0.5, 0.25, 0.2), '#ececec'),
  ]);
}

export function rock(): BufferGeometry {
  return merged([painted(new IcosahedronGeometry(0.45, 0).scale(1.2, 0.7, 1), '#ffffff')]);
}

/** Blades of grass. */
export function tuft(): BufferGeometry {
  return merged([
    painted(at(new ConeGeometry(0.07, 0.34, 3), -0.1, 0.15, 0).rotateZ(0.2), '#ffffff'),
    painted(at(new ConeGeometry(0.07, 0.42, 3), 0.04, 0.19, 0.07), '#f3f3f3'),
    painted(at(new ConeGeometry(0.06, 0.3, 3), 0.14, 0.13, -0.08).rotateZ(-0.25), '#e4e4e4'),
  ]);
}

/** A few heads of flowers; the instance gives their colour. */
export function flowers(): BufferGeometry {
  const spots: readonly [number, number, number][] = [
    [0, 0.3, 0],
    [0.34, 0.24, 0.2],
    [-0.25, 0.26, 0.3],
    [0.12, 0.22, -0.34],
    [-0.32, 0.2, -0.14],
  ];
  return merged(
    spots.map(([x, y, z], index) =>
      painted(at(new IcosahedronGeometry(0.085, 0), x, y, z), index % 2 ? '#eeeeee' : '#ffffff'),
    ),
  );
}

/** The clothed part of a person, white: the instance gives the colour. Looks along +x. */
export function personBody(): BufferGeometry {
  return merged([
    painted(at(new CapsuleGeometry(0.4, 0.62, 4, 10), 0, 0.95, 0), '#ffffff'),
    painted(at(new BoxGeometry(0.24, 0.5, 0.5), -0.4, 1.05, 0), '#d0d0d0'),
    painted(at(new SphereGeometry(0.15, 7, 5), 0.05, 0.9, 0.46), '#f4f4f4'),
    painted(at(new SphereGeometry(0.15, 7, 5), 0.05, 0.9, -0.46), '#f4f4f4'),
    painted(at(new ConeGeometry(0.36, 0.34, 9), -0.03, 2.13, 0), '#e2e2e2'),
  ]);
}

export function personHead(): BufferGeometry {
  return merged([
    painted(at(new SphereGeometry(0.34, 12, 9), 0.02, 1.78, 0), '#f3d1b0'),
    painted(at(new SphereGeometry(0.05, 6, 5), 0.33, 1.83, 0.12), '#2b2b2b'),
    painted(at(new SphereGeometry(0.05, 6, 5), 0.33, 1.83, -0.12), '#2b2b2b'),
    painted(at(new SphereGeometry(0.06, 6, 5), 0.36, 1.74, 0), '#e5b793'),
    painted(at(new BoxGeometry(0.3, 0.16, 0.2), 0.05, 0.1, 0.18), '#4c3b30'),
    painted(at(new BoxGeometry(0.3, 0.16, 0.2), 0.05, 0.1, -0.18), '#4c3b30'),
  ]);
}

function legs(): BufferGeometry[] {
  const spots: readonly [number, number][] = [
    [0.38, 0.16],
    [0.38, -0.16],
    [-0.36, 0.16],
    [-0.36, -0.16],
  ];
  return spots.map(([x, z]) => painted(at(new BoxGeometry(0.12, 0.5, 0.12), x, 0.25, z), '#b0a090'));
}

/** Something four-legged between a deer and a dog. Looks along +x. */
export function creature(): BufferGeometry {
  return merged([
    painted(at(new BoxGeometry(1.05, 0.5, 0.48), 0, 0.72, 0), '#ffffff'),
    painted(at(new BoxGeometry(0.26, 0.5, 0.26).rotateZ(-0.5), 0.55, 1.02, 0), '#f2f2f2'),
    painted(at(new BoxGeometry(0.46, 0.3, 0.3), 0.78, 1.28, 0), '#ffffff'),
    painted(at(new ConeGeometry(0.07, 0.24, 4), 0.62, 1.52, 0.1), '#d8cbb8'),
    painted(at(new ConeGeometry(0.07, 0.24, 4), 0.62, 1.52, -0.1), '#d8cbb8'),
    painted(at(new BoxGeometry(0.06, 0.06, 0.34), 0.92, 1.34, 0), '#2b2b2b'),
    painted(at(new BoxGeometry(0.18, 0.14, 0.14), -0.6, 0.86, 0), '#f4efe6'),
    ...legs(),
  ]);
}

export function coin(): BufferGeometry {
  return merged([
    painted(new CylinderGeometry(0.42, 0.42, 0.1, 14).rotateX(Math.PI / 2), '#f2b632'),
    painted(new CylinderGeometry(0.28, 0.28, 0.13, 14).rotateX(Math.PI / 2), '#ffd66b'),
  ]);
}

export function gateArch(): BufferGeometry {
  return merged([
    painted(at(new BoxGeometry(0.8, 4.4, 0.9), -2.4, 2.2, 0), '#8d9690'),
    painted(at(new BoxGeometry(0.8, 4.4, 0.9), 2.4, 2.2, 0), '#99a29b'),
    painted(at(new BoxGeometry(1.1, 0.4, 1.2), -2.4, 0.2, 0), '#79827c'),
    painted(at(new BoxGeometry(1.1, 0.4, 1.2), 2.4, 0.2, 0), '#79827c'),
    painted(at(new TorusGeometry(2.4, 0.42, 5, 12, Math.PI), 0, 4.3, 0), '#8d9690'),
  ]);
}

/** A star of eight points on the floor; its red point shows north. */
export function compassRose(): BufferGeometry {
  const points: BufferGeometry[] = [];
  for (let index = 0; index < 8; index++) {
    const isMain = index % 2 === 0;
    const length = isMain ? 7.5 : 4.4;
    for (const side of [-1, 1]) {
      const half = new BufferGeometry();
      const corners = side < 0 ? [0, 0, 0, 0, 0, -length, -1, 0, -1] : [0, 0, 0, 1, 0, -1, 0, 0, -length];
      half.setAttribute('position', new Float32BufferAttribute(corners, 3));
      half.setAttribute('normal', new Float32BufferAttribute([0, 1, 0, 0, 1, 0, 0, 1, 0], 3));
      const [light, dark] =
        index === 0 ? ['#c9624e', '#a84c3b'] : isMain ? ['#8f8672', '#766d5b'] : ['#b0a68f', '#9c927b'];
      const lift = isMain ? 0.01 : 0;
      points.push(
        painted(half.rotateY((-index * Math.PI) / 4).translate(0, lift, 0), side < 0 ? dark : light),
      );
    }
  }
  return merged(points);
}

/** Up to the tip of the hat, metres. */
export const PERSON_HEIGHT = 2.3;
