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
  shard,
} from '../test/placement-rig.ts';

beforeEach(beginPlacement);

describe('moving a zone', () => {
  it('[PL11] does not wait for the answer of an owner that is gone when it moves a zone', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const from = shard((await owner('hills-1')) as string);
    const to = from.id === 'shard-3' ? 'shard-2' : 'shard-3';
    from.end('frozen');
    from.mute = shardCalls.hibernate.pattern;
    const startMs = clock.now();
    expect(await during(session(FIRST).zones.move('hills-1', to), 4000)).toMatchObject({ to });
    expect(clock.now() - startMs).toBeLessThan(2500);
    expect(runners('hills-1')).toContain(to);
  });

  it('[PL6] moves a zone to the shard that is named, and refuses one that is not there', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const from = (await owner('hills-1')) as string;
    const to = from === 'shard-3' ? 'shard-2' : 'shard-3';
    expect(await during(session(SECOND).zones.move('hills-1', to))).toMatchObject({ from, to });
    expect(runners('hills-1')).toEqual([to]);
    expect(await session(FIRST).zones.move('hills-1', to)).toMatchObject({ from: to, to });
    expect(await session(FIRST).zones.move('hills-1', 'shard-9')).toMatchObject({
      refused: 'zone-unavailable',
    });
    expect(await session(FIRST).zones.move('hills-2', to)).toMatchObject({ refused: 'zone-unavailable' });
    expect(runners('hills-1')).toEqual([to]);
  });

  it('[PL18] moves a zone only when the next shard is prepared, and asks the owner when that one watches', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const from = shard((await owner('hills-1')) as string);
    const to = shard(from.id === 'shard-3' ? 'shard-2' : 'shard-3');
    [from.asked.length, to.asked.length] = [0, 0];
    expect(await during(session(FIRST).zones.move('hills-1', to.id))).toMatchObject({ to: to.id });
    const { activate, hibernate, prepare, snapshot, watches } = shardCalls;
    expect(from.asked).toEqual([snapshot.pattern, hibernate.pattern]);
    expect(to.asked).toEqual([prepare.pattern, activate.pattern, watches.pattern]);
    expect([runners('hills-1'), to.prepared.size]).toEqual([[to.id], 0]);
  });

  it('[PL19] moves a zone all the same to a shard that prepares nothing, or forgets what it has prepared', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const from = (await owner('hills-1')) as string;
    const to = shard(from === 'shard-3' ? 'shard-2' : 'shard-3');
    to.isFull = true;
    expect(await during(session(FIRST).zones.move('hills-1', to.id))).toMatchObject({ to: to.id });
    shard(from).prepared.add = () => shard(from).prepared;
    expect(await during(session(SECOND).zones.move('hills-1', from))).toMatchObject({ to: from });
    expect(runners('hills-1')).toEqual([from]);
  });

  it('[PL20] has one of two shards forget a zone that two session processes want to move', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const from = await owner('hills-1');
    const [one, two] = ['shard-1', 'shard-2', 'shard-3'].filter((id) => id !== from) as [string, string];
    const moves = [session(FIRST).zones.move('hills-1', one), session(SECOND).zones.move('hills-1', two)];
    const answers = await during(Promise.all(moves));
    expect(answers.filter(isRefusal)).toMatchObject([{ refused: 'busy' }]);
    expect([runners('hills-1').length, shard(one).prepared.size, shard(two).prepared.size]).toEqual([
      1, 0, 0,
    ]);
  });

  it('[PL21] takes a zone over at once from an owner that dies while the next shard waits for its last record', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const from = shard((await owner('hills-1')) as string);
    const to = from.id === 'shard-3' ? 'shard-2' : 'shard-3';
    const owners: unknown[] = [];
    const { answer } = shard(to);
    shard(to).answer = (pattern, request) => {
      owners.push(request.owner);
      // It waits in vain: the owner is dead by now, and its answer will never come.
      if (request.owner === 'closing') return new Promise(() => {});
      return answer.call(shard(to), pattern, request);
    };
    from.mute = shardCalls.hibernate.pattern;
    const moving = session(FIRST).zones.move('hills-1', to);
    await clock.advance(100);
    from.end('dead');
    await during(
      Promise.race([moving, new Promise((resolve) => clock.after(2_000, () => resolve(undefined)))]),
      4_000,
    );
    expect(owners).toContain('gone');
    expect(runners('hills-1')).toContain(to);
  });

  it('[PL7] moves nothing to a shard that drains, and everything away from it', async () => {
    await during(session(FIRST).zones.ensure('hills-1'));
    const from = (await owner('hills-1')) as string;
    shard(from).draining = true;
    await clock.advance(500);
    expect(await session(FIRST).zones.move('hills-1', from)).toMatchObject({ refused: 'zone-unavailable' });
    expect(isRefusal(await during(session(FIRST).zones.move('hills-1')))).toBe(false);
    expect(await owner('hills-1')).not.toBe(from);
  });
});
