// Plays with nothing but socket.io-client: node docs/examples/plain-client.mjs [url] [name] [world] [seconds]
import { io } from 'socket.io-client';
function read(frame, { components, maskBytes }, entities, mask = `u${8 * maskBytes}`) {
  let [at, flags, view] = [3, frame[1], new DataView(frame.buffer, frame.byteOffset)];
  const take = (type, size = type.slice(1) / 8, kind = { u: 'Uint', i: 'Int', f: 'Float' }[type[0]]) =>
    view[`get${kind}${8 * size}`]((at += size) - size, true);
  const varint = (byte = take('u8')) => (byte < 128 ? byte : byte - 128 + 128 * varint());
  const times = (count, work) => Array.from({ length: count }, () => work());
  const text = (length = varint()) => new TextDecoder().decode(frame.subarray(at, (at += length)));
  const value = (field, type = field.type) => type === 'list' ? times(varint(), () => value(field, field.of))
    : type === 'text' ? text() : field.offset + field.scale * take(type);
  const values = (fields) => Object.fromEntries(fields.map((field) => [field.name, value(field)]));
  const fill = (entity, bits = take(mask)) => components.filter(({ bit }) => bits & (1 << bit))
    .reduce((filled, { name, fields }) => Object.assign(filled, { [name]: values(fields) }), entity);
  const enter = () => entities.set(varint(), fill({ id: [take('u32'), take('u32')], own: !!take('u8') }));
  const update = (bits = take(mask)) => times(varint(), () => fill(entities.get(varint()) ?? {}, bits));
  const head = { epoch: varint(), tick: varint(), ack: flags & 1 ? varint() : undefined };
  if (flags & 16) entities.clear(); // a keyframe: what is not in it is not there
  const parts = [[2, () => entities.delete(varint())], [4, enter], [8, update]];
  for (const [flag, work] of parts) if (flags & flag) times(varint(), work);
  return head;
}
const [url = 'http://localhost:8080', username = 'Al', world = 'forest', seconds = 5] = process.argv.slice(2);
const post = (path, body, more, headers = { 'content-type': 'application/json', ...more }) =>
  fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) }).then((answer) => answer.json());
const { accessToken: token } = await post('/login', { username });
const { ticket, url: gateway, detail } = await post('/join', { world }, { authorization: `Bearer ${token}` });
if (!ticket) throw new Error(detail);
const socket = io(gateway, { auth: { token, protocol: 2, frames: 'event' } });
for (const name of ['connect_error', 'refused', 'closing']) socket.on(name, (why) => console.error(why));
const [frames, entities] = [[], new Map()];
socket.on('frame', (bytes) => frames.push(new Uint8Array(bytes))); // before joining: it comes at once
const { zone, schema, sequence, reason } = await socket.emitWithAck('join', { ticket });
if (!zone) throw new Error(`the zone refused the join: ${reason}`);
socket.emit('input', { sequence: sequence + 1, name: 'move', value: { dx: 100, dy: 0 } });
await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const last = frames.map((frame) => read(frame, schema, entities)).at(-1);
const me = [...entities.values()].find(({ own }) => own);
console.log(JSON.stringify({ zone, frames: frames.length, last, inSight: entities.size, me }));
socket.emit('leave', {}, () => socket.close());
