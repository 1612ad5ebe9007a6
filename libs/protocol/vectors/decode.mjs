#!/usr/bin/env node
// A decoder of the client protocol, written from STANDARD.md. It shares no code with the libraries and needs nothing
// but Node: it reads every vector in its folder to the last byte and fails at the first difference.
//
//   node libs/protocol/vectors/decode.mjs [folder]

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

class Malformed extends Error {}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const SIZES = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, f64: 8 };

// ---- section 1: bytes ----

class Bytes {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  take(count) {
    if (count > this.left) throw new Malformed(`${count} bytes wanted, ${this.left} left`);
    this.at += count;
    return this.at - count;
  }

  number(type) {
    const at = this.take(SIZES[type]);
    const view = this.view;
    switch (type) {
      case 'u8': return view.getUint8(at);
      case 'i8': return view.getInt8(at);
      case 'u16': return view.getUint16(at, true);
      case 'i16': return view.getInt16(at, true);
      case 'u32': return view.getUint32(at, true);
      case 'i32': return view.getInt32(at, true);
      case 'f32': return finite(view.getFloat32(at, true));
      case 'f64': return finite(view.getFloat64(at, true));
      default: throw new Error(`no number type: ${type}`);
    }
  }

  // BigInt, so that nothing here depends on how doubles behave near 2^53.
  varint() {
    let value = 0n;
    for (let index = 0n; index < 8n; index++) {
      const byte = BigInt(this.number('u8'));
      value |= (byte & 127n) << (7n * index);
      if (byte < 128n) {
        if (byte === 0n && index > 0n) throw new Malformed('a varint in a longer form');
        if (value >= 1n << 53n) throw new Malformed('a varint of 2^53 or more');
        return Number(value);
      }
    }
    throw new Malformed('a varint of more than 8 bytes');
  }

  zigzag() {
    const value = BigInt(this.varint());
    return Number(value % 2n === 0n ? value / 2n : -(value + 1n) / 2n);
  }

  text(maxBytes) {
    const length = this.varint();
    if (length > maxBytes) throw new Malformed('a text that is too long');
    const at = this.take(length);
    try {
      return utf8.decode(this.bytes.subarray(at, at + length));
    } catch {
      throw new Malformed('a text that is no UTF-8');
    }
  }

  end() {
    if (this.left > 0) throw new Malformed(`${this.left} bytes behind the end`);
  }
}

function finite(value) {
  if (!Number.isFinite(value)) throw new Malformed('a number that is not finite');
  return value;
}

function hex8(word) {
  return word.toString(16).padStart(8, '0');
}

function fromHex(text) {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error('no hexadecimal text');
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

// ---- sections 6 and 7: state frames and components ----

const FLAG = { ack: 1, leaves: 2, enters: 4, updates: 8, keyframe: 16 };

function count(bytes) {
  const n = bytes.varint();
  if (n === 0) throw new Malformed('a count of zero');
  return n;
}

function readMask(bytes, schema) {
  const mask = bytes.number({ 1: 'u8', 2: 'u16', 4: 'u32' }[schema.maskBytes]);
  if (mask >= 2 ** schema.components.length) throw new Malformed('a bit beyond the components');
  return mask;
}

function readField(bytes, field) {
  if (field.type === 'text') return bytes.text(field.max);
  if (field.type !== 'list') return field.offset + bytes.number(field.type) * field.scale;
  const length = bytes.varint();
  if (length > field.max || length * SIZES[field.of] > bytes.left) throw new Malformed('a list that is too long');
  return Array.from({ length }, () => field.offset + bytes.number(field.of) * field.scale);
}

function readComponents(bytes, schema, mask) {
  const components = {};
  for (const component of schema.components) {
    if (Math.floor(mask / 2 ** component.bit) % 2 === 0) continue;
    const start = bytes.at;
    const values = {};
    for (const field of component.fields) {
      if (field.byte >= 0 && bytes.at - start !== field.byte) throw new Error(`${component.name}.${field.name}: wrong byte`);
      values[field.name] = readField(bytes, field);
    }
    if (component.sizeBytes > 0 && bytes.at - start !== component.sizeBytes) throw new Error(`${component.name}: wrong size`);
    components[component.name] = values;
  }
  return components;
}

function readNetId(bytes) {
  const netId = bytes.varint();
  if (netId > 65535) throw new Malformed('a netId above 65535');
  return netId;
}

function readEnter(bytes, schema) {
  const netId = readNetId(bytes);
  const low = bytes.number('u32');
  const high = bytes.number('u32');
  const own = bytes.number('u8');
  if (own > 1) throw new Malformed('own is neither 0 nor 1');
  const mask = readMask(bytes, schema);
  return { netId, id: hex8(high) + hex8(low), own: own === 1, components: readComponents(bytes, schema, mask) };
}

function readRun(bytes, schema, updates) {
  const mask = readMask(bytes, schema);
  if (mask === 0) throw new Malformed('a run without a component');
  for (let n = count(bytes); n > 0; n--) {
    const netId = readNetId(bytes);
    updates.push({ netId, components: readComponents(bytes, schema, mask) });
  }
}

function readStateFrame(message, schema) {
  if (message.length > 65535) throw new Malformed('above 65535 bytes');
  const bytes = new Bytes(message);
  if (bytes.number('u8') !== 1) throw new Malformed('no state frame');
  const flags = bytes.number('u8');
  if (flags > 31) throw new Malformed('a reserved flag');
  const zoneIndex = bytes.number('u8');
  const epoch = bytes.varint();
  const tick = bytes.varint();
  if (tick > 4294967295) throw new Malformed('a tick above 4294967295');
  const ack = flags & FLAG.ack ? bytes.varint() : null;
  const frame = { zoneIndex, epoch, tick, ack, keyframe: (flags & FLAG.keyframe) !== 0, leaves: [], enters: [], updates: [] };
  if (flags & FLAG.leaves) for (let n = count(bytes); n > 0; n--) frame.leaves.push(readNetId(bytes));
  if (flags & FLAG.enters) for (let n = count(bytes); n > 0; n--) frame.enters.push(readEnter(bytes, schema));
  if (flags & FLAG.updates) for (let n = count(bytes); n > 0; n--) readRun(bytes, schema, frame.updates);
  bytes.end();
  return frame;
}

// ---- section 8: motion ----

function startTickOf(start, frameTick) {
  const age = (((frameTick - start) % 65536) + 65536) % 65536;
  return frameTick - age;
}

function positionAt(component, values, startTick, tick, tickHz) {
  const { position, velocity } = component.motion;
  return position.map((axis, index) => values[axis] + values[velocity[index]] * ((tick - startTick) / tickHz));
}

// ---- section 9: a replica ----

class Replica {
  epoch = -1;
  tick = -1;
  entities = new Map();
  unknown = 0;

  apply(frame) {
    if (frame.epoch < this.epoch) return;
    if (frame.epoch > this.epoch && !frame.keyframe) return;
    if (frame.epoch === this.epoch && frame.tick < this.tick) return;
    this.epoch = frame.epoch;
    this.tick = frame.tick;
    if (frame.keyframe) this.entities.clear();
    for (const netId of frame.leaves) this.entities.delete(netId);
    for (const { netId, id, own, components } of frame.enters) {
      for (const [key, entity] of this.entities) if (entity.id === id && key !== netId) this.entities.delete(key);
      this.entities.set(netId, { id, own, components });
    }
    for (const { netId, components } of frame.updates) {
      const entity = this.entities.get(netId);
      if (entity === undefined) this.unknown++;
      else entity.components = { ...entity.components, ...components };
    }
  }

  state() {
    const entities = [...this.entities].sort(([a], [b]) => a - b).map(([netId, entity]) => ({ netId, ...entity }));
    return { epoch: this.epoch, tick: this.tick, unknown: this.unknown, entities };
  }
}

// ---- section 10: input frames ----

function readInput(bytes, previous) {
  const sequence = bytes.varint();
  const tick = bytes.varint();
  const kind = bytes.number('u8');
  const length = bytes.varint();
  if (sequence <= previous || sequence > 0xffffffff || tick > 0xffffffff) throw new Malformed('out of order');
  if (length > 1024) throw new Malformed('a value above 1024 bytes');
  const at = bytes.take(length);
  return { sequence, tick, kind, value: Buffer.from(bytes.bytes.subarray(at, at + length)).toString('hex') };
}

function readInputFrame(message) {
  const bytes = new Bytes(message);
  if (bytes.number('u8') !== 16) throw new Malformed('no input frame');
  const zoneIndex = bytes.number('u8');
  const n = count(bytes);
  if (n > 64) throw new Malformed('more than 64 inputs');
  const inputs = [];
  for (let index = 0; index < n; index++) inputs.push(readInput(bytes, inputs[index - 1]?.sequence ?? 0));
  bytes.end();
  return { zoneIndex, inputs };
}

// ---- section 11: values ----

function readJson(bytes, max) {
  const text = bytes.text(max);
  try {
    return JSON.parse(text, (key, value) => {
      if (key === '__proto__') throw new Malformed('a key that is not allowed');
      return typeof value === 'number' ? finite(value) : value;
    });
  } catch {
    throw new Malformed('no JSON');
  }
}

function readArray(bytes, type) {
  const length = bytes.varint();
  if (length > type.max || length > bytes.left) throw new Malformed('an array that is too long');
  return Array.from({ length }, () => readTyped(bytes, type.of));
}

function readObject(bytes, type) {
  const optional = type.fields.filter((field) => field.optional === true);
  const at = bytes.take(Math.ceil(optional.length / 8));
  const bits = optional.map((_, index) => (bytes.bytes[at + Math.floor(index / 8)] >> (index % 8)) & 1);
  const used = optional.length % 8;
  if (used > 0 && bytes.bytes[bytes.at - 1] >> used !== 0) throw new Malformed('an unused bit is set');
  const value = {};
  for (const field of type.fields) {
    if (field.optional !== true || bits.shift() === 1) value[field.name] = readTyped(bytes, field.value);
  }
  return value;
}

function readTyped(bytes, type) {
  switch (type.t) {
    case 'uint': return bytes.varint();
    case 'int': return bytes.zigzag();
    case 'string': return bytes.text(type.max);
    case 'json': return readJson(bytes, type.max);
    case 'array': return readArray(bytes, type);
    case 'object': return readObject(bytes, type);
    case 'bool':
    case 'enum': {
      const values = type.t === 'bool' ? [false, true] : type.values;
      const index = bytes.number('u8');
      if (index >= values.length) throw new Malformed('an index beyond the values');
      return values[index];
    }
    default: return bytes.number(type.t);
  }
}

function readValue(message, type) {
  const bytes = new Bytes(message);
  const value = readTyped(bytes, type);
  bytes.end();
  return value;
}

// ---- section 16: vectors ----

/** JSON text with sorted keys: equal texts are equal values. */
function canonical(value) {
  return JSON.stringify(value, (_key, item) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item);
}

function expectEqual(actual, expected) {
  if (canonical(actual) !== canonical(expected)) {
    throw new Error(`decoded\n  ${canonical(actual)}\ninstead of\n  ${canonical(expected)}`);
  }
}

function expectRefused(read) {
  try {
    read();
  } catch (error) {
    if (error instanceof Malformed) return;
    throw error;
  }
  throw new Error('accepted what has to be refused');
}

function checkMotion(frame, schema, checks) {
  for (const { netId, component: name, startTick, at, position } of checks) {
    const component = schema.components.find((candidate) => candidate.name === name);
    const record = [...frame.enters, ...frame.updates].find((candidate) => candidate.netId === netId);
    const values = record.components[name];
    expectEqual(startTickOf(values.start, frame.tick), startTick);
    expectEqual(positionAt(component, values, startTick, at, schema.tickHz), position);
  }
}

function checkStream(test) {
  const replica = new Replica();
  for (const message of test.stream) replica.apply(readStateFrame(fromHex(message), test.schema));
  expectEqual(replica.state(), test.replica);
}

function checkValue(test) {
  if (test.refused !== undefined) return expectRefused(() => readValue(fromHex(test.bytes), test.type));
  return expectEqual(readValue(fromHex(test.bytes), test.type), test.value);
}

function check(test) {
  if (test.stream !== undefined) return checkStream(test);
  if (test.type !== undefined) return checkValue(test);
  const read = test.input !== undefined
    ? () => readInputFrame(fromHex(test.input))
    : () => readStateFrame(fromHex(test.state), test.schema);
  if (test.refused !== undefined) return expectRefused(read);
  const frame = read();
  expectEqual(frame, test.expect);
  return checkMotion(frame, test.schema, test.motion ?? []);
}

function main(folder) {
  let total = 0;
  let failures = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')).sort()) {
    const { schemas = {}, cases } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    for (const test of cases) {
      total++;
      try {
        check(test.schema === undefined ? test : { ...test, schema: schemas[test.schema] });
      } catch (error) {
        failures++;
        console.error(`${file}: ${test.name}: ${error.message}`);
      }
    }
    console.log(`${file}: ${cases.length} cases`);
  }
  console.log(`${total - failures} of ${total} cases decoded as expected`);
  process.exitCode = failures > 0 || total === 0 ? 1 : 0;
}

main(process.argv[2] ?? dirname(fileURLToPath(import.meta.url)));
