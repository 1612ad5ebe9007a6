import { sampleRuleset, ZoneRig } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';

describe('a zone', () => {
  it('starts from nothing, lets a player in and tells what happens', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen();
    const zone = await rig.open();
    rig.keepAlive();
    rig.join('meadow-1', 1);
    await rig.run(1_000);
    rig.input('meadow-1', 1, 1, 'move', { dx: 5, dy: 0 });
    rig.input('meadow-1', 1, 2, 'say', { text: 'hello' });
    await rig.run(1_000);
    expect(zone.status()).toMatchObject({ state: 'running', epoch: 1, players: 1, mailboxDepth: 0 });
    expect(told.flatMap((each) => each.events)).toEqual([
      { ok: true, value: { name: 'player 1', text: 'hello' } },
    ]);
    const { hash, mismatches, violations } = rig.replay('meadow-1', zone.status().tick);
    expect(hash).toBe(zone.hash());
    expect(mismatches).toEqual([]);
    expect(violations).toEqual([]);
    await rig.close(zone);
    expect(zone.state).toBe('closed');
  });
});
