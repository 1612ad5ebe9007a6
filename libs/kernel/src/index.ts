export { assert, unreachable } from './assert.ts';
export { ByteReader } from './byte-reader.ts';
export { ByteWriter } from './byte-writer.ts';
export {
  MAX_VARINT_BYTES,
  writeF32,
  writeF64,
  writeI8,
  writeI16,
  writeI32,
  writeU8,
  writeU16,
  writeU32,
  writeVarint,
  writeZigzag,
} from './bytes.ts';
export { isCode, LOBBY_ALPHABET } from './codes.ts';
export { gridWalk } from './grid-walk.ts';
export { Hash64 } from './hash.ts';
export { hex64, parseHex64 } from './hex.ts';
export { clamp, coneContains, isqrt, length, lerp } from './maths.ts';
export { permute64 } from './permute.ts';
export { RANDOM_STREAM_WORDS, RandomStream } from './random.ts';
export { RingBuffer } from './ring.ts';
export { SequenceBuffer } from './sequence-buffer.ts';
export { type Sortable, sortTotal } from './sort.ts';
export { atan2, cos, cosTurn, PI, sin, sinTurn, TAU, turnDelta, turnOf } from './trigonometry.ts';
export { fitUtf8, utf8Length } from './utf8.ts';
