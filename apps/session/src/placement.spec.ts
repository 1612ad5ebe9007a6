import { isRefusal, shardCalls } from '@overworld/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  beginPlacement,
  clock,
  during,
  FIRST,
  owner,
  runners,
  SECOND,
  session,
  sessions,
  shard,
  shards,
  type Session,
  WORLD,
} from '../test/placement-rig.ts';

beforeEach(beginPlacement);

describe('placement', () => {
  it('[PL1] session processes that start the same zone at once agree on one shard', async () => {
    const answers = await during(Promise.all(sessions.map(({ zones }) => zones.ensure('hills-1'))));
    expect(answers.some(isRefusal)).toBe(false);
    expect(runners('hills-1')).toEqual([await owner('hills-1')]);
  });

  it('[PL0] a zone is not taken from a shard whose answer was lost (simulator, seed 68)', async () => {
    for (const each of shards.values()) each.unanswered = 1;
    expect(isRefusal(await during(session(FIRST).zones.ensure('hills-1')))).toBe(false);
    expect(runners('hills-1')).toEqual([await owner('hills-1')]);
  });

  it('[PL2] spreads zones by load and never by a load that is impossible or stale', async () => {
    shard('shard-1').load = 0.5;
    shard('shard-2').load = -3;
    shard('shard-3').load = 0.2;
    await clock.advance(1000);
    expect(session(FIRST).members.leastLoaded()?.id).toBe('shard-3');
    shard('shard-3').isStalled = true;
    await clock.advance(6000);
    expect(session(FIRST).members.leastLoaded()?.id).toBe('shard-1');
    shard('shard-1').load = Number.NaN;
    await clock.advance(1000);
    const left = session(FIRST)
      .members.alive()
      .map(({ load }) => load);
    expect(left.every((load) => load === Number.POSITIVE_INFINITY)).toBe(true);
  });

  it('[PL15] spreads zones that are placed at once, before any shard has told of the first', async () => {
    const ids = WORLD.zones.map(({ id }) => id);
    await during(Promise.all(ids.map((id) => session(FIRST).zones.ensure(id))));
    expect([...shards.values()].map(({ zones }) => zones.size).sort()).toEqual([1, 1, 2]);
  });

  it('[PL16] spreads them also when every session process places them, one after the other', async () => {
    const ids = WORLD.zones.map(({ id }) => id);
    for (const each of shards.values()) each.isStalled = true;
    const wake = async ({ zones }: Session) => {
      for (const id of ids) await zones.ensure(id);
    };
    await during(Promise.all(sessions.map(wake)));
    expect([...shards.values()].map(({ zones }) => zones.size).sort()).toEqual([1, 1, 2]);
  });

  it('[PL17] counts what was placed until the shard has measured it, and no longer', async () => {
    const { members } = session(FIRST);
    shard('shard-1').load = 0.2;
    shard('shard-2').load = 0.3;
    shard('shard-3').load = 0.3;
    for (const each of shards.values()) for (let zone = 0; zone < 2; zone++) each.zones.set(`old-${zone}`, 1);
    await clock.advance(1000);
    expect(members.leastLoaded()?.id).toBe('shard-1');
    members.expects('shard-1', 'hills-1');
    expect(members.leastLoaded()).toMatchObject({ id: 'shard-2', zones: 2 });
    expect(members.alive()[0]).toMatchObject({ id: 'shard-1', zones: 2, load: 0.2 });
    await clock.advance(1000);
    expect(members.leastLoaded()).toMatchObject({ id: 'shard-1', load: 0.2 });
  });

  it('[PL3] takes over the zones of a shard that died within a second, once', async () => {
    for (const zone of ['hills-1', 'hills-2']) await during(session(FIRST).zones.ensure(zone));
    const dead = shard((await owner('hills-1')) as string);
    dead.end('dead');
    dead.zones.clear();
    await clock.advance(1000);
    expect(runners('hills-1')).toHaveLength(1);
    expect(runners('hills-1')).toEqual([await owner('hills-1')]);
    expect(session(FIRST).gone).toEqual([dead.id]);
    expect(session(SECOND).gone).toEqual([dead.id]);
  });

  it('[PL4] waits longer for one that is frozen, and does not count its zones as running', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const frozen = shard((await owner('hills-1')) as string);
    frozen.end('frozen');
    await clock.advance(900);
    expect(await owner('hills-1')).toBe(frozen.id);
    await clock.advance(900);
    expect(await owner('hills-1')).not.toBe(frozen.id);
    expect(session(FIRST).members.isAlive(frozen.id)).toBe(false);
    frozen.state = 'up';
    frozen.leases.away = false;
    await clock.advance(1000);
    expect(session(FIRST).members.isAlive(frozen.id)).toBe(true);
  });

  it('[PL10] starts the zones of a shard again that was started again before anybody missed it', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const again = shard((await owner('hills-1')) as string);
    again.zones.clear();
    again.run = 'second';
    await clock.advance(600);
    expect(runners('hills-1')).toEqual([again.id]);
    expect(session(FIRST).members.isAlive(again.id)).toBe(true);
  });

  it('[PL12] does not wait for a shard that was killed and started again while it was to start a zone', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const from = shard((await owner('hills-1')) as string);
    const to = shard(from.id === 'shard-3' ? 'shard-2' : 'shard-3');
    to.mute = shardCalls.activate.pattern;
    const moving = session(FIRST).zones.move('hills-1', to.id);
    await clock.advance(50);
    to.mute = '';
    to.run = 'second';
    const startMs = clock.now();
    expect(await during(moving)).toMatchObject({ zone: 'hills-1' });
    expect(clock.now() - startMs).toBeLessThan(600);
    expect(runners('hills-1')).toEqual([await owner('hills-1')]);
  });

  it('[PL13] tries a zone that cannot be opened again after a second, then ever more rarely, and tells why meanwhile', async () => {
    const ids = [...shards.keys()];
    for (const id of ids) shard(id).failing.add('hills-1');
    const attempts = () => ids.reduce((sum, id) => sum + shard(id).attempts, 0) / ids.length;
    const everybodyAsks = async (forMs: number) => {
      for (let passedMs = 0; passedMs < forMs; passedMs += 100) {
        expect(await during(session(FIRST).zones.ensure('hills-1'))).toMatchObject({
          refused: 'zone-failed',
          detail: expect.stringContaining('ruleset-failed'),
        });
        await clock.advance(80);
      }
    };
    await everybodyAsks(900);
    expect(attempts()).toBe(1);
    await everybodyAsks(200);
    expect(attempts()).toBe(2);
    await everybodyAsks(300_000);
    // 1, 2, 4, 8, 16 s, and then every 30 s.
    expect(attempts()).toBeGreaterThan(8);
    expect(attempts()).toBeLessThan(17);
    for (const id of ids) shard(id).failing.clear();
    await clock.advance(30_000);
    expect(isRefusal(await during(session(FIRST).zones.ensure('hills-1')))).toBe(false);
    expect(await during(session(FIRST).zones.ensure('hills-2'))).toMatchObject({ zone: 'hills-2' });
  });

  it('[PL14] tries a zone that cannot be opened at once when an operator moves it', async () => {
    for (const { failing } of shards.values()) failing.add('hills-1');
    await during(session(FIRST).zones.ensure('hills-1'));
    for (const { failing } of shards.values()) failing.clear();
    expect(await during(session(FIRST).zones.ensure('hills-1'))).toMatchObject({ refused: 'zone-failed' });
    const from = (await owner('hills-1')) as string;
    const to = from === 'shard-3' ? 'shard-2' : 'shard-3';
    expect(await during(session(FIRST).zones.move('hills-1', to))).toMatchObject({ to });
    expect(isRefusal(await during(session(FIRST).zones.ensure('hills-1')))).toBe(false);
  });

  it('[PL5] declares nobody dead while its own writes do not arrive', async () => {
    for (const port of [...shards.values(), ...sessions]) port.leases.away = true;
    for (const { id } of shards.values()) shard(id).state = 'dead';
    await clock.advance(10_000);
    for (const { id } of shards.values()) shard(id).state = 'up';
    for (const port of [...shards.values(), ...sessions]) port.leases.away = false;
    await clock.advance(3000);
    expect(sessions.flatMap(({ gone }) => gone)).toEqual([]);
  });

  it('[PL8] relieves a hot shard, one zone at a time, and no zone twice within 30 s', async () => {
    for (const { id } of WORLD.zones) await during(session(FIRST).zones.ensure(id));
    for (const to of ['shard-2', 'shard-1']) {
      for (const { id } of WORLD.zones) await during(session(FIRST).zones.move(id, to));
    }
    shard('shard-1').load = 1.2;
    await clock.advance(1000);
    expect(await session(FIRST).rebalancer.balance()).toBeUndefined();
    // The leader looks by itself every five seconds; the loads stand still here, so it goes on as long as it may.
    await clock.advance(36_000);
    const moved = WORLD.zones.map(({ id }) => runners(id)).filter(([id]) => id !== 'shard-1');
    expect(moved.length).toBeGreaterThanOrEqual(1);
    const once = WORLD.zones.map(({ id }) => runners(id)[0]);
    await clock.advance(4000);
    for (const [index, { id }] of WORLD.zones.entries()) {
      if (once[index] !== 'shard-1') expect(runners(id)[0]).toBe(once[index]);
    }
  });

  it('[PL9] has one leader, and another one soon after it is gone', async () => {
    await clock.advance(2000);
    const leading = () => sessions.filter(({ leadership }) => leadership.isLeader);
    expect(leading()).toHaveLength(1);
    const first = leading()[0] as Session;
    first.leases.away = true;
    await clock.advance(1000);
    expect(leading()).not.toContain(first);
    await clock.advance(2000);
    expect(leading()).toHaveLength(1);
    first.leases.away = false;
    await clock.advance(2000);
    expect(leading()).toHaveLength(1);
    expect(leading()).not.toContain(first);
  });
});
describe('standing', () => {
  it('[ST1] of a player in a zone whose shard has gone is asked of the next one, and never taken for none', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const before = (await owner('hills-1')) as string;
    session(FIRST).recovery.stop();
    session(SECOND).recovery.stop();
    shard(before).end('dead');
    await clock.advance(3000);
    expect(session(FIRST).members.isAlive(before)).toBe(false);
    const standing = await during(session(FIRST).zones.standing('hills-1', '00000000000000ad'));
    expect(standing).toMatchObject({ seat: 'dropped' });
    expect(await owner('hills-1')).not.toBe(before);
  });

  it('[ST3] told by an owner that was replaced meanwhile does not count (simulator, seed 3)', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const before = shard((await owner('hills-1')) as string);
    const { answer } = before;
    before.answer = (pattern, request) => {
      const told = answer.call(before, pattern, request);
      if (pattern !== shardCalls.standing.pattern) return told;
      return session(SECOND)
        .zones.move('hills-1')
        .then(() => told);
    };
    const asked = await during(session(FIRST).zones.standing('hills-1', '00000000000000ad'));
    expect(asked).toMatchObject({ refused: expect.any(String) });
    const now = await during(session(FIRST).zones.standing('hills-1', '00000000000000ad'));
    expect(now).toMatchObject({ seat: 'dropped' });
  });

  it('[ST2] in a zone that sleeps is none', async () => {
    expect(await during(session(FIRST).zones.standing('hills-4', '00000000000000ad'))).toMatchObject({
      seat: 'none',
    });
  });
});
