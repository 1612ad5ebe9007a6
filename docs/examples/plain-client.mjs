// Plays with nothing but socket.io-client: node docs/examples/plain-client.mjs [url] [name] [world] [seconds]
import { io } from 'socket.io-client';

const [url = 'http://localhost:8080', username = 'Plain', world = 'forest', seconds = 5] = process.argv.slice(2);

/** Reads one state frame into `entities` (net id → entity). The schema says what the bytes are: see docs/protocol.md. */
function read(frame, { components, maskBytes }, entities) {
  const view = new DataView(frame.buffer, frame.byteOffset);
  let at = 3;
  const numbers = { u8: [1, 'getUint8'], i8: [1, 'getInt8'], u16: [2, 'getUint16'], i16: [2, 'getInt16'], u32: [4, 'getUint32'],
    i32: [4, 'getInt32'], f32: [4, 'getFloat32'], f64: [8, 'getFloat64'] };
  const number = (type, [size, get] = numbers[type]) => view[get]((at += size) - size, true);
  const varint = (byte = number('u8')) => (byte < 128 ? byte : byte - 128 + 128 * varint());
  const text = (length = varint()) => new TextDecoder().decode(frame.subarray(at, (at += length)));
  const scaled = (field, type = field.type) => field.offset + field.scale * number(type);
  const value = (field) => field.type === 'text' ? text()
    : field.type === 'list' ? Array.from({ length: varint() }, () => scaled(field, field.of)) : scaled(field);
  const mask = () => number({ 1: 'u8', 2: 'u16', 4: 'u32' }[maskBytes]);
  const parts = (bits, entity) => components.filter(({ bit }) => bits & (1 << bit))
    .forEach(({ name, fields }) => { entity[name] = Object.fromEntries(fields.map((field) => [field.name, value(field)])); });
  const times = (count, work) => { for (let index = 0; index < count; index++) work(); };
  const flags = frame[1];
  if (flags & 16) entities.clear(); // a keyframe: what is not in it is not there
  const [epoch, tick, ack] = [varint(), number('u32'), flags & 1 ? varint() : undefined];
  if (flags & 2) times(varint(), () => entities.delete(number('u16')));
  if (flags & 4) times(varint(), () => {
    const [netId, low, high] = [number('u16'), number('u32'), number('u32')];
    const id = [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
    entities.set(netId, { id, own: number('u8') === 1 });
    parts(mask(), entities.get(netId));
  });
  if (flags & 8) times(varint(), () => {
    const bits = mask();
    times(varint(), () => parts(bits, entities.get(number('u16')) ?? {}));
  });
  return { epoch, tick, ack };
}

const post = async (path, body, token) => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return answer.ok ? answer.json() : Promise.reject(new Error(`${path}: ${await answer.text()}`));
};
const { accessToken: token } = await post('/login', { username });
const { ticket, url: gateway } = await post('/join', { world }, token);
const socket = io(gateway, { auth: { token, protocol: 1, frames: 'event' } });
for (const event of ['connect_error', 'refused', 'closing', 'left']) socket.on(event, (why) => console.error(event, why.data ?? why));
const zone = await socket.emitWithAck('join', { ticket });
if (!zone.ok) throw new Error(`${zone.reason}: ${zone.detail}`);
const [entities, ticks] = [new Map(), []];
socket.on('frame', (bytes) => ticks.push(read(new Uint8Array(bytes), zone.schema, entities)));
socket.emit('input', { sequence: zone.sequence + 1, name: 'move', value: { dx: 100, dy: 0 } });
await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const me = [...entities.values()].find(({ own }) => own);
console.log(JSON.stringify({ zone: zone.zone, player: zone.player, frames: ticks.length, last: ticks.at(-1), inSight: entities.size, me }));
await socket.emitWithAck('leave', {});
socket.close();
