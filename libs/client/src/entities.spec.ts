import { FrameWriter, PROTOCOL_VERSION, type WireSchema } from '@overworld/protocol';
import { describe, expect, it } from 'vitest';
import { Entities } from './entities.ts';
import type { ZoneInfo } from './zone-info.ts';

const schema: WireSchema = {
  protocol: PROTOCOL_VERSION,
  ruleset: 'gates',
  version: 1,
  hash: '0123456789abcdef',
  tickHz: 20,
  viewEvery: 1,
  maskBytes: 1,
  components: [],
  inputs: [],
  events: [],
};

function infoOf(zone: string, tick: number): ZoneInfo {
  const common = { index: 1, world: 'w', ruleset: 'gates', epoch: 1, tickHz: 20, player: '1', you: null };
  return { ...common, zone, tick, sequence: 0, params: null, schema, resume: '' };
}

function frame(tick: number): Uint8Array {
  const writer = new FrameWriter(512);
  writer.begin({ zoneIndex: 1, epoch: 1, tick, ack: 7, keyframe: true, maskBytes: 1 });
  return writer.finish();
}

describe('what is in sight', () => {
  it('begins anew in another zone, though a new connection gives it the number of the last one (simulator, seeds 364, 440 and 485)', () => {
    const options = { decode: true, renderTick: () => 0, predict: () => {}, failed: () => {} };
    const entities = new Entities(infoOf('a', 100), options);
    expect(entities.apply(frame(100))).toBe(true);
    entities.restart(infoOf('b', 50));
    expect(entities.apply(frame(50))).toBe(true);
    expect([entities.tick, entities.ack]).toEqual([50, 7]);
  });
});
