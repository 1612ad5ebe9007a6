// Walks through a world with nothing but socket.io-client: no SDK. Frames come as events and are decoded with the schema
// that the server sends along. Usage: node docs/examples/plain-client.mjs [url] [name] [world] [seconds]
import { io } from 'socket.io-client';

const [url = 'http://localhost:3000', username = 'Plain', world = 'forest', seconds = '5'] = process.argv.slice(2);
const post = async (path, body, token) => {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(await answer.json())}`);
  return answer.json();
};
const READ = { u8: 'getUint8', i8: 'getInt8', u16: 'getUint16', i16: 'getInt16', u32: 'getUint32' };
Object.assign(READ, { i32: 'getInt32', f32: 'getFloat32', f64: 'getFloat64' });
const SIZE = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, f64: 8 };

/** One state frame into `entities`: a map of net id to {id, own, <component>: {<field>: value}}. See STANDARD.md. */
function apply(schema, bytes, entities) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 3;
  const number = (type) => view[READ[type]]((at += SIZE[type]) - SIZE[type], true);
  const varint = (scale = 1, byte = view.getUint8(at++)) => (byte & 127) * scale + (byte < 128 ? 0 : varint(scale * 128));
  const text = (size = varint()) => new TextDecoder().decode(bytes.subarray(at, (at += size)));
  const scaled = (field, type) => field.offset + number(type) * field.scale;
  const value = (field) => {
    if (field.type === 'text') return text();
    if (field.type === 'list') return Array.from({ length: varint() }, () => scaled(field, field.of));
    return scaled(field, field.type);
  };
  const mask = () => number({ 1: 'u8', 2: 'u16', 4: 'u32' }[schema.maskBytes]);
  const components = (bits, entity) => {
    for (const { name, bit, fields } of schema.components) {
      if (bits & (1 << bit)) entity[name] = Object.fromEntries(fields.map((field) => [field.name, value(field)]));
    }
  };
  const flags = bytes[1];
  if (flags & 16) entities.clear();
  const frame = { epoch: varint(), tick: number('u32'), ack: flags & 1 ? varint() : undefined };
  if (flags & 2) for (let left = varint(); left > 0; left--) entities.delete(number('u16'));
  if (flags & 4) {
    for (let left = varint(); left > 0; left--) {
      const [netId, low, high] = [number('u16'), number('u32'), number('u32')];
      const entity = { id: ((BigInt(high) << 32n) | BigInt(low)).toString(16).padStart(16, '0'), own: number('u8') === 1 };
      entities.set(netId, entity);
      components(mask(), entity);
    }
  }
  if (flags & 8) {
    for (let runs = varint(); runs > 0; runs--) {
      const bits = mask();
      for (let left = varint(); left > 0; left--) components(bits, entities.get(number('u16')) ?? {});
    }
  }
  return frame;
}

const { accessToken } = await post('/login', { username });
const { ticket, url: gateway } = await post('/join', { world }, accessToken);
const socket = io(gateway, { auth: { token: accessToken, protocol: 1, frames: 'event' } });
socket.on('connect_error', (error) => console.error('refused:', error.data ?? error.message));
socket.on('refused', (refused) => console.error('refused:', refused));
const zone = await socket.emitWithAck('join', { ticket });
if (!zone.ok) throw new Error(`${zone.reason}: ${zone.detail}`);
const entities = new Map();
let frames = 0;
let last = {};
socket.on('frame', (bytes) => {
  last = apply(zone.schema, new Uint8Array(bytes), entities);
  frames += 1;
});
socket.emit('input', { sequence: zone.sequence + 1, name: 'move', value: { dx: 100, dy: 0 } });
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
const me = [...entities.values()].find((entity) => entity.own);
console.log(JSON.stringify({ zone: zone.zone, player: zone.player, frames, entities: entities.size, last, me }));
await socket.emitWithAck('leave', {});
socket.close();
