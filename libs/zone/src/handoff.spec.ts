import { encodeBatch, subjects } from '@overworld/contracts';
import { encodeCharacter } from '@overworld/ruleset';
import { playerId, sampleRuleset, ZoneRig } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';
import type { ZoneActor } from './actor.ts';
import type { ZoneFaults } from './options.ts';

const [A, B] = ['meadow-1', 'meadow-2'];
const ONE = playerId(1);

async function twoZones(rig: ZoneRig, faults: ZoneFaults = {}): Promise<[ZoneActor, ZoneActor]> {
  const a = await rig.open(A, { faults });
  const b = await rig.open(B, { zoneNumber: 2, faults });
  for (const id of [A, B]) rig.keepAlive(id);
  rig.join(A, 1);
  await rig.run(300);
  return [a, b];
}

/** In which of the zones the player has a row, by their newest states. */
function whereIs(zones: readonly ZoneActor[], player = ONE): readonly string[] {
  return zones
    .filter((zone) => ['connected', 'dropped'].includes(zone.standing(player).seat))
    .map((zone) => zone.spec.id);
}

function coinsOf(rig: ZoneRig, id: string, player = ONE): number {
  const { runtime } = rig.replay(id);
  const row = runtime.table.find(player);
  return row < 0
    ? -1
    : (runtime.state.columns.purse as { coins: Uint32Array }).coins[runtime.table.avatar(row)]!;
}

describe('a handoff', () => {
  it('moves a player with everything it has, and settles on both sides', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen(A);
    const zones = await twoZones(rig);
    for (const sequence of [1, 2, 3]) rig.input(A, 1, sequence, 'coin');
    rig.input(A, 1, 4, 'cross', { to: B });
    await rig.until(() => whereIs(zones).includes(B));
    await rig.run(500);
    expect(whereIs(zones)).toEqual([B]);
    expect(coinsOf(rig, B)).toBe(3);
    expect(zones.map((zone) => zone.status().pendingHandoffs)).toEqual([0, 0]);
    expect(told.flatMap((each) => each.players).filter((change) => change.kind === 'moved')).toMatchObject([
      { player: ONE, toZone: B },
    ]);
    rig.input(B, 1, 4, 'coin');
    rig.input(B, 1, 5, 'coin');
    await rig.run(300);
    expect(coinsOf(rig, B)).toBe(4);
    for (const id of [A, B]) expect(rig.replay(id).violations).toEqual([]);
  });

  it('that is refused brings the player back', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zones = await twoZones(rig);
    for (let player = 11; player < 35; player += 1) rig.join(B, player);
    await rig.run(200);
    rig.input(A, 1, 1, 'coin');
    rig.input(A, 1, 2, 'cross', { to: B });
    await rig.run(800);
    expect(whereIs(zones)).toEqual([A]);
    expect(rig.observed('handoff-settled')).toMatchObject([{ accepted: false, reason: 'zone-full' }]);
    expect(coinsOf(rig, A)).toBe(1);
  });

  it('to a zone that can never be is refused at once; to one that does not run it waits', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zones = await twoZones(rig);
    rig.input(A, 1, 1, 'cross', { to: 'No Such Zone' });
    await rig.run(300);
    expect(whereIs(zones)).toEqual([A]);
    rig.input(A, 1, 2, 'cross', { to: 'meadow-3' });
    await rig.run(3_000);
    expect(zones[0].standing(ONE)).toMatchObject({ seat: 'leaving', toZone: 'meadow-3' });
    const sent = rig.observed('handoff-sent').filter((each) => each.toZone === 'meadow-3');
    expect(sent.length).toBeGreaterThanOrEqual(5);
    expect(sent.length).toBeLessThanOrEqual(8);
    const c = await rig.open('meadow-3', { zoneNumber: 3 });
    await rig.run(1_000);
    expect(whereIs([...zones, c])).toEqual(['meadow-3']);
  });

  it('survives the death of either zone at any moment', async () => {
    for (let delayMs = 0; delayMs <= 160; delayMs += 20) {
      for (const victim of [0, 1]) {
        const rig = new ZoneRig(sampleRuleset(), { journalLatencyMs: 7 });
        const zones = await twoZones(rig);
        rig.input(A, 1, 1, 'coin');
        rig.input(A, 1, 2, 'cross', { to: B });
        await rig.run(delayMs);
        rig.kill(zones[victim] as ZoneActor);
        await rig.run(700);
        const id = victim === 0 ? A : B;
        zones[victim] = await rig.open(id, { zoneNumber: victim + 1 });
        rig.input(A, 1, 1, 'coin');
        rig.input(A, 1, 2, 'cross', { to: B });
        await rig.run(2_500);
        expect([delayMs, victim, whereIs(zones), coinsOf(rig, B)]).toEqual([delayMs, victim, [B], 1]);
      }
    }
  });

  it('over a wire that loses, doubles and delays neither loses nor doubles anybody', async () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const rig = new ZoneRig(sampleRuleset(), { bus: { seed } });
      const zones = await twoZones(rig);
      for (const player of [2, 3, 4]) rig.join(A, player);
      await rig.run(300);
      rig.bus.faults = { lossChance: 0.4, duplicateChance: 0.3, latencyMs: [0, 400] };
      for (const player of [1, 2, 3, 4]) {
        for (let repeat = 0; repeat < 8; repeat += 1) rig.input(A, player, 1, 'cross', { to: B });
      }
      await rig.run(8_000);
      rig.bus.faults = { lossChance: 0, duplicateChance: 0, latencyMs: [0, 1] };
      await rig.run(3_000);
      for (const player of [1, 2, 3, 4]) {
        expect([seed, player, whereIs(zones, playerId(player)).length]).toEqual([seed, player, 1]);
      }
      expect(zones.map((zone) => zone.status().pendingHandoffs)).toEqual([0, 0]);
    }
  });

  it('that comes again later, from a process that stood still, changes nothing', async () => {
    const { rig, zones, replayOld } = await crossedAndBack({});
    replayOld();
    await rig.run(500);
    expect(whereIs(zones)).toEqual([A]);
  });

  it('[mutation] would double the player without the applied set', async () => {
    const { rig, zones, replayOld } = await crossedAndBack({ noAppliedSet: true });
    replayOld();
    await rig.run(500);
    expect(whereIs(zones)).toEqual([A, B]);
  });

  it('that comes again after its outcome was forgotten changes nothing either', async () => {
    const { rig, zones, replayOld } = await crossedAndBack({});
    rig.join(A, 2);
    await rig.run(200);
    rig.input(A, 2, 1, 'cross', { to: B });
    await rig.run(1_000);
    replayOld();
    await rig.run(500);
    expect(whereIs(zones)).toEqual([A]);
  });

  it('keeps who is under way from coming in a second time', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zones = await twoZones(rig);
    rig.input(A, 1, 1, 'cross', { to: 'meadow-3' });
    await rig.run(300);
    rig.join(A, 1);
    await rig.run(300);
    const c = await rig.open('meadow-3', { zoneNumber: 3 });
    await rig.run(1_000);
    expect(whereIs([...zones, c])).toEqual(['meadow-3']);
  });
});

/** The player's character as this zone saved it last. */
function savedBy(rig: ZoneRig, id: string): Uint8Array {
  const saved = rig.applied.get(id)?.findLast(({ kind }) => kind === 'character.save');
  return encodeCharacter(JSON.parse(saved?.payload ?? '{}'));
}

/** A player has gone from A to B and, by another way, back; then B sees A's first message once more. */
async function crossedAndBack(faults: ZoneFaults) {
  const rig = new ZoneRig(sampleRuleset());
  const old: Uint8Array[] = [];
  rig.bus.port('wiretap').subscribe(subjects.zoneIn(B), ({ payload }) => old.push(payload));
  const zones = await twoZones(rig, faults);
  rig.input(A, 1, 1, 'cross', { to: B });
  await rig.until(() => whereIs(zones).includes(B));
  await rig.run(300);
  rig.send(B, [{ kind: 'leave', player: ONE, reason: 'quit' }]);
  await rig.run(200);
  rig.send(A, [{ kind: 'join', player: ONE, name: 'player 1', character: savedBy(rig, B) }]);
  await rig.run(200);
  const replayOld = (): void => {
    const handoffs = old.filter((bytes) => bytes.length > 120);
    for (const bytes of handoffs) rig.bus.publish(subjects.zoneIn(B), bytes);
    rig.bus.publish(subjects.zoneIn(B), encodeBatch('gateway-1', []));
  };
  return { rig, zones, replayOld };
}

describe('an effect', () => {
  it('is asked for until it is settled, and is applied once', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await rig.open();
    rig.keepAlive();
    rig.join(A, 1);
    await rig.run(200);
    rig.persistence = false;
    for (const sequence of [1, 2, 3]) rig.input(A, 1, sequence, 'coin');
    await rig.run(12_000);
    expect(zone.status().pendingEffects).toBe(3);
    expect(rig.effectRequests).toBeGreaterThan(1);
    rig.persistence = true;
    await rig.run(8_000);
    expect(zone.status()).toMatchObject({ pendingEffects: 0, isQuiet: false });
    const applied = rig.applied.get(A) ?? [];
    expect(applied.map((each) => each.sequence)).toEqual([1, 2, 3, 4]);
    expect(applied.map((each) => each.kind)).toEqual(['character.save', 'minted', 'minted', 'minted']);
    expect(JSON.parse(applied[1]?.payload ?? '')).toEqual({ amount: 1 });
  });

  it('survives its zone, whose successor asks again', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await rig.open();
    rig.keepAlive();
    rig.join(A, 1);
    await rig.run(200);
    rig.persistence = false;
    for (const sequence of [1, 2, 3]) rig.input(A, 1, sequence, 'coin');
    await rig.run(500);
    rig.kill(first);
    rig.persistence = true;
    const second = await rig.open();
    await rig.run(1_000);
    expect(second.status().pendingEffects).toBe(0);
    expect(rig.applied.get(A)?.map((each) => each.sequence)).toEqual([1, 2, 3, 4]);
  });

  it('is not asked for before its record is acknowledged', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await rig.open();
    rig.keepAlive();
    rig.join(A, 1);
    await rig.run(500);
    const before = rig.effectRequests;
    rig.connections(zone).journal.fail('stall');
    rig.input(A, 1, 1, 'coin');
    await rig.run(600);
    expect(rig.effectRequests).toBe(before);
    rig.connections(zone).journal.release();
    await rig.run(300);
    expect(rig.effectRequests).toBe(before + 1);
  });
});
