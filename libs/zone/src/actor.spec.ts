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

  it('lets a player into an empty zone at once, and one into a zone with others at its next tick', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await rig.open();
    rig.keepAlive();
    const { tickHz } = rig.ruleset;
    await rig.run(500);
    for (const player of [1, 2]) {
      const [beforeMs, dueMs] = [rig.clock.now(), zone.nextDueMs];
      expect(dueMs - beforeMs).toBeGreaterThan(5);
      rig.join('meadow-1', player);
      await rig.until(() => zone.status().players === player);
      if (player === 1) expect(rig.clock.now() - beforeMs).toBeLessThan(5);
      else expect(rig.clock.now()).toBeGreaterThanOrEqual(dueMs);
      expect(zone.nextDueMs - rig.clock.now()).toBeCloseTo(1000 / tickHz, -1);
      await rig.run(1000 / tickHz / 2);
    }
    const { hash, mismatches, violations } = rig.replay('meadow-1', zone.status().tick);
    expect([hash, mismatches, violations]).toEqual([zone.hash(), [], []]);
  });
});
