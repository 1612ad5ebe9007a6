import { FrameWriter, PROTOCOL_VERSION, type WireSchema, writeNumber } from '@overworld/protocol';
import { describe, expect, it } from 'vitest';
import { Replica } from '../client/index.ts';

const wire: WireSchema = {
  protocol: PROTOCOL_VERSION,
  ruleset: 'spec',
  version: 1,
  hash: '00000000000000aa',
  tickHz: 10,
  viewEvery: 1,
  maskBytes: 1,
  components: [
    {
      name: 'look',
      bit: 0,
      audience: 'all',
      rate: 1,
      sizeBytes: 1,
      fields: [{ name: 'hue', type: 'u8', scale: 1, offset: 0, byte: 0 }],
    },
    {
      name: 'size',
      bit: 1,
      audience: 'all',
      rate: 1,
      sizeBytes: 2,
      fields: [{ name: 'height', type: 'u16', scale: 0.5, offset: 10, byte: 0 }],
    },
  ],
  inputs: [],
  events: [],
};

interface FrameOptions {
  epoch?: number;
  tick: number;
  keyframe?: boolean;
  ack?: number;
  leaves?: number[];
  enters?: { netId: number; id: number; own?: boolean; hue?: number; height?: number }[];
  updates?: { netId: number; hue: number }[];
}

const writer = new FrameWriter(4096);
const scratch = new Uint8Array(2);

function writeComponents(hue: number | undefined, height: number | undefined): void {
  if (hue !== undefined) {
    scratch[0] = hue;
    writer.component(scratch, 0, 1);
  }
  if (height !== undefined) {
    writeNumber('u16', scratch, 0, height);
    writer.component(scratch, 0, 2);
  }
}

function frame(options: FrameOptions): Uint8Array {
  const { epoch = 1, tick, keyframe = false, ack = -1 } = options;
  writer.begin({ zoneIndex: 0, epoch, tick, ack, keyframe, maskBytes: 1 });
  for (const netId of options.leaves ?? []) writer.leave(netId);
  for (const { netId, id, own = false, hue, height } of options.enters ?? []) {
    const mask = (hue === undefined ? 0 : 1) | (height === undefined ? 0 : 2);
    writer.enter(netId, id, 0, own, mask, 3);
    writeComponents(hue, height);
  }
  for (const { netId, hue } of options.updates ?? []) {
    writer.run(1);
    writer.record(netId, 1);
    writeComponents(hue, undefined);
  }
  return writer.finish();
}

const idOf = (id: number): string => `00000000${id.toString(16).padStart(8, '0')}`;

describe('replica', () => {
  it('ignores frames of an epoch until its keyframe has come, and frames of older epochs and ticks', () => {
    const replica = new Replica(wire);
    expect(replica.apply(frame({ tick: 1 }))).toBe('no-keyframe');
    expect(replica.apply(frame({ tick: 2, keyframe: true }))).toBe('applied');
    expect(replica.apply(frame({ tick: 1 }))).toBe('stale');
    expect(replica.apply(frame({ tick: 3, epoch: 2 }))).toBe('no-keyframe');
    expect(replica.apply(frame({ tick: 1, epoch: 2, keyframe: true }))).toBe('applied');
    expect(replica.apply(frame({ tick: 9, epoch: 1 }))).toBe('stale');
    expect([replica.epoch, replica.tick]).toEqual([2, 1]);
  });

  it('counts what it is told of unknown entities, and goes on', () => {
    const replica = new Replica(wire);
    replica.apply(frame({ tick: 1, keyframe: true, enters: [{ netId: 7, id: 1, hue: 5 }] }));
    const updates = [
      { netId: 8, hue: 1 },
      { netId: 7, hue: 6 },
    ];
    expect(replica.apply(frame({ tick: 2, leaves: [9], updates }))).toBe('applied');
    expect(replica.counts.unknown).toBe(2);
    expect(replica.entities.get(idOf(1))?.get('look')).toEqual({ hue: 6 });
  });

  it('tells listeners after the frame, with all values', () => {
    const replica = new Replica(wire);
    const heard: unknown[] = [];
    const stop = replica.onEnter((entity) => heard.push(['enter', entity.id, entity.get('size')?.height]));
    replica.onLeave((entity) => heard.push(['leave', entity.id]));
    replica.apply(frame({ tick: 1, keyframe: true, enters: [{ netId: 7, id: 1, hue: 5, height: 4 }] }));
    replica.apply(frame({ tick: 2, leaves: [7] }));
    stop();
    replica.apply(frame({ tick: 3, enters: [{ netId: 7, id: 1, hue: 5, height: 4 }] }));
    expect(heard).toEqual([
      ['enter', idOf(1), 12],
      ['leave', idOf(1)],
    ]);
  });

  it('an entity that leaves and enters in one frame stays, with what it shows now', () => {
    const replica = new Replica(wire);
    const heard: string[] = [];
    replica.onEnter(({ id }) => heard.push(`enter ${id}`));
    replica.onLeave(({ id }) => heard.push(`leave ${id}`));
    replica.apply(frame({ tick: 1, keyframe: true, enters: [{ netId: 7, id: 1, hue: 5, height: 4 }] }));
    const entity = replica.entities.get(idOf(1));
    replica.apply(frame({ tick: 2, leaves: [7], enters: [{ netId: 9, id: 1, own: true, hue: 6 }] }));
    expect(replica.entities.get(idOf(1))).toBe(entity);
    expect(replica.own).toBe(entity);
    expect([...(entity?.componentNames ?? [])]).toEqual(['look']);
    expect(entity?.history('look')?.steps.map(({ tick }) => tick)).toEqual([1, 2]);
    expect(heard).toEqual([`enter ${idOf(1)}`]);
  });

  it('a net id that another entity has now belongs to that one, also when the leave was lost', () => {
    const replica = new Replica(wire);
    replica.apply(frame({ tick: 1, keyframe: true, enters: [{ netId: 7, id: 1, hue: 5 }] }));
    replica.apply(frame({ tick: 2, enters: [{ netId: 7, id: 2, hue: 6 }] }));
    expect([...replica.entities.keys()]).toEqual([idOf(2)]);
    const swapped = {
      tick: 3,
      leaves: [7],
      enters: [
        { netId: 7, id: 3, hue: 1 },
        { netId: 8, id: 2, hue: 2 },
      ],
    };
    replica.apply(frame(swapped));
    replica.apply(frame({ tick: 4, updates: [{ netId: 7, hue: 9 }] }));
    expect(replica.entities.get(idOf(3))?.get('look')).toEqual({ hue: 9 });
    expect(replica.entities.get(idOf(2))?.get('look')).toEqual({ hue: 2 });
  });

  it('a keyframe replaces everything; a frame that comes twice changes nothing', () => {
    const replica = new Replica(wire);
    const heard: string[] = [];
    replica.onLeave(({ id }) => heard.push(id));
    const two = [
      { netId: 7, id: 1, hue: 5, own: true },
      { netId: 8, id: 2, hue: 6 },
    ];
    replica.apply(frame({ tick: 1, keyframe: true, enters: two }));
    const again = frame({ tick: 2, keyframe: true, ack: 3, enters: [{ netId: 1, id: 2, hue: 7 }] });
    replica.apply(again);
    replica.apply(again);
    expect([...replica.entities.keys()]).toEqual([idOf(2)]);
    expect(replica.own).toBeUndefined();
    expect(replica.ack).toBe(3);
    expect(heard).toEqual([idOf(1)]);
  });

  it('gives the values of any tick it remembers', () => {
    const replica = new Replica(wire);
    replica.apply(frame({ tick: 1, keyframe: true, enters: [{ netId: 7, id: 1, hue: 0, height: 2 }] }));
    for (let tick = 2; tick <= 40; tick++) replica.apply(frame({ tick, updates: [{ netId: 7, hue: tick }] }));
    const entity = replica.entities.get(idOf(1));
    expect(entity?.sample(39.5).look?.hue).toBe(39);
    expect(entity?.sample(30).look?.hue).toBe(30);
    expect(entity?.sample(100).look?.hue).toBe(40);
    // Before what it remembers: the oldest it has.
    expect(entity?.sample(-5).look?.hue).toBe(25);
    expect(entity?.sample(40).size?.height).toBe(11);
  });

  it('reads any bytes without throwing, and takes nothing of a bad frame', () => {
    const replica = new Replica(wire);
    const sound = frame({
      tick: 5,
      keyframe: true,
      leaves: [1],
      enters: [{ netId: 7, id: 1, hue: 5, height: 2 }],
      updates: [{ netId: 7, hue: 1 }],
    });
    replica.apply(sound);
    let noise = 1;
    const random = (limit: number): number => {
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      return Math.floor((noise / 2 ** 32) * limit);
    };
    let half = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = sound.slice(0, random(4) === 0 ? random(sound.length) : sound.length);
      if (bytes.length > 0) bytes[random(bytes.length)] = random(256);
      const before = replica.counts.applied;
      const result = replica.apply(bytes);
      if ((result === 'applied') !== (replica.counts.applied === before + 1)) half++;
    }
    expect(half).toBe(0);
  });
});
