import { playerId, sampleRuleset, ZoneRig } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';

const ID = 'meadow-1';

describe('a zone whose connection to the bus was lost and is back', () => {
  it('waits for the inputs that were lost with it, and executes all of them once', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const bus = rig.bus.port('shard');
    const zone = await rig.open(ID, { bus });
    rig.keepAlive();
    rig.join(ID, 1);
    rig.input(ID, 1, 1, 'coin');
    await rig.run(3_000);
    bus.disconnect();
    rig.input(ID, 1, 2, 'coin');
    await rig.run(100);
    bus.connect();
    rig.input(ID, 1, 3, 'coin');
    await rig.run(300);
    rig.input(ID, 1, 2, 'coin');
    rig.input(ID, 1, 3, 'coin');
    await rig.run(300);
    const { runtime } = rig.replay(ID, zone.status().tick);
    expect(runtime.table.columns.sequence[runtime.table.find(playerId(1))]).toBe(3);
    expect(runtime.state.record.minted).toBe(3);
  });

  it('says everything unasked, so that gateways know that something may be lost', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const bus = rig.bus.port('shard');
    await rig.open(ID, { bus });
    rig.keepAlive();
    const told = rig.listen(ID);
    rig.join(ID, 1);
    await rig.run(1_000);
    const before = told.filter(({ full }) => full).length;
    bus.disconnect();
    await rig.run(200);
    bus.connect();
    await rig.run(200);
    expect(told.filter(({ full }) => full).length).toBe(before + 1);
  });

  it('executes nothing behind what was lost, however long that takes', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const bus = rig.bus.port('shard');
    const zone = await rig.open(ID, { bus });
    rig.keepAlive();
    rig.join(ID, 1);
    rig.input(ID, 1, 1, 'coin');
    await rig.run(3_000);
    bus.disconnect();
    bus.connect();
    rig.input(ID, 1, 3, 'coin');
    await rig.run(10_000);
    expect(rig.replay(ID, zone.status().tick).runtime.state.record.minted).toBe(1);
    for (const sequence of [2, 3]) rig.input(ID, 1, sequence, 'coin');
    await rig.run(300);
    expect(rig.replay(ID, zone.status().tick).runtime.state.record.minted).toBe(3);
  });
});
