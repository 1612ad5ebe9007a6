import { sampleRuleset, ZoneRig } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';
import type { ZoneActor } from './actor.ts';

const ID = 'meadow-1';

describe('a ruleset with another capacity', () => {
  const withCapacity = (players: number, entities: number) => {
    const ruleset = sampleRuleset();
    return { ...ruleset, definition: { ...ruleset.definition, capacity: { players, entities } } };
  };

  /** Its older snapshots are of the time when nobody was there. */
  async function crowdedZone(rig: ZoneRig): Promise<ZoneActor> {
    const zone = await rig.open(ID, { snapshotEveryMs: 500 });
    rig.keepAlive();
    await rig.run(700);
    for (let player = 1; player <= 24; player += 1) rig.join(ID, player);
    await rig.run(700);
    expect(zone.status().players).toBe(24);
    return zone;
  }

  it('goes on with more room', async () => {
    const rig = new ZoneRig(sampleRuleset());
    rig.kill(await crowdedZone(rig));
    const second = await rig.open(ID, { ruleset: withCapacity(30, 200) });
    rig.join(ID, 25);
    await rig.run(500);
    expect(second.status().players).toBe(25);
  });

  it('does not go back to a snapshot that it has room for, and fences nobody off', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await crowdedZone(rig);
    expect(await rig.tryOpen(ID, { ruleset: withCapacity(10, 10) })).toEqual({
      refused: 'bad-snapshot',
      detail: 'it takes 54 rows, the capacity is 46',
    });
    await rig.run(500);
    expect([first.state, rig.observed('fenced')]).toEqual(['running', []]);
    rig.kill(first);
    expect((await rig.open()).status().players).toBe(24);
  });
});
