import { sampleRuleset, type Told, ZoneRig } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';
import { ZoneActor } from './actor.ts';
import { encodeRecord, type TickRecord } from './record.ts';
import { decodeSnapshot, snapshotKeys } from './snapshot.ts';

const ID = 'meadow-1';
const MARK_TICKS = 20;

async function busyZone(rig: ZoneRig): Promise<ZoneActor> {
  const zone = await rig.open();
  rig.keepAlive();
  for (const player of [1, 2]) rig.join(ID, player);
  await rig.run(300);
  for (let sequence = 1; sequence <= 10; sequence += 1) {
    rig.input(ID, 1, sequence, 'move', { dx: sequence - 5, dy: 1 });
    rig.input(ID, 2, sequence, sequence % 3 === 0 ? 'coin' : 'say', sequence % 3 === 0 ? {} : { text: 'hi' });
    await rig.run(70);
  }
  return zone;
}

/** Everything that gateways were told is what the whole journal, replayed, has at that tick. */
function expectToldIsTrue(rig: ZoneRig, told: readonly Told[]): void {
  const hashes = new Map<number, string>();
  const until = Math.max(...told.map((each) => each.tick));
  rig.replay(ID, until, (tick, runtime) => hashes.set(tick, runtime.hash()));
  for (const each of told) if (hashes.has(each.tick)) expect(each.hash).toBe(hashes.get(each.tick));
}

describe('a takeover', () => {
  it('goes on with the state that the journal holds, under the next epoch', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen();
    const first = await busyZone(rig);
    await rig.run(500);
    rig.kill(first);
    await rig.run(200);
    const lastTold = told.at(-1) as Told;
    const second = await rig.open();
    await rig.run(500);
    expect(second.epoch).toBe(2);
    const { violations, mismatches, hash } = rig.replay(ID, second.status().tick);
    expect([violations, mismatches]).toEqual([[], []]);
    expect(hash).toBe(second.hash());
    const next = told.find((each) => each.epoch === 2) as Told;
    expect(next.full).toBe(true);
    expect(next.tick).toBeGreaterThanOrEqual(lastTold.tick);
    expectToldIsTrue(rig, told);
    expect(second.status().players).toBe(2);
  });

  it('stops the old owner, who publishes nothing more', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen();
    const first = await busyZone(rig);
    const reasons: string[] = [];
    first.onClosed((reason) => reasons.push(reason));
    const second = await rig.open();
    await rig.run(2_000);
    expect([first.state, second.state]).toEqual(['fenced', 'running']);
    expect(reasons).toEqual(['fenced']);
    first.onClosed((reason) => reasons.push(reason));
    expect(reasons).toEqual(['fenced', 'fenced']);
    expect(rig.observed('fenced')).toMatchObject([{ epoch: 2, by: 'shard-2' }]);
    const foreignTick = told.filter((each) => each.epoch === 1).at(-1)?.tick ?? 0;
    const fence = rig.records().find((record) => record.kind === 'fence' && record.epoch === 2);
    expect(foreignTick).toBeLessThanOrEqual((fence as { fromTick: number }).fromTick + MARK_TICKS);
    expectToldIsTrue(rig, told);
    expect(rig.replay().violations).toEqual([]);
    expect(await rig.finish(first.hibernate())).toMatchObject({ refused: 'fenced' });
  });

  it('repeats what the old owner may have shown after its last record', async () => {
    const rig = new ZoneRig(sampleRuleset({ gap: 'hold' }));
    const told = rig.listen();
    const first = await busyZone(rig);
    await rig.run(700);
    rig.kill(first);
    const second = await rig.open();
    const fence = rig.records().at(-1);
    expect(fence).toMatchObject({ kind: 'fence', epoch: 2, stepTicks: MARK_TICKS });
    expect(second.status().tick).toBe((fence as { fromTick: number }).fromTick + MARK_TICKS);
    await rig.run(300);
    expectToldIsTrue(rig, told);
  });

  it('catches up with the wall clock as far as the ruleset wants, and jumps the rest', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    rig.kill(first);
    await rig.run(60_000);
    const last = rig.records().at(-1);
    const second = await rig.open();
    const opened = rig.observed('opened').at(-1);
    expect(opened).toMatchObject({ epoch: 2, jumpedTicks: expect.any(Number) });
    expect(rig.records().at(-1)).toMatchObject({ kind: 'fence', fromTick: last?.tick, stepTicks: 100 });
    expect(second.status().tick - (last?.tick ?? 0)).toBeGreaterThan(1_150);
    expect(rig.replay().hash).toBe(second.hash());
  });

  it('survives any answer to its fence', async () => {
    for (const fault of ['lost-ack', 'lost', 'late', 'reject', 'stall'] as const) {
      const rig = new ZoneRig(sampleRuleset());
      const first = await rig.open();
      await rig.run(100);
      rig.kill(first);
      const journal = rig.journal.port();
      journal.fail(fault, 2);
      const second = await rig.open(ID, { journal });
      journal.release();
      await rig.run(500);
      rig.join(ID, 1);
      await rig.run(500);
      expect([fault, second.state, second.status().players]).toEqual([fault, 'running', 1]);
      expect(rig.replay().violations).toEqual([]);
    }
  });

  it('by two at once leaves exactly one owner', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await rig.open();
    rig.kill(first);
    const [second, third] = await Promise.all([rig.tryOpen(), rig.tryOpen()]);
    rig.keepAlive();
    rig.join(ID, 1);
    await rig.run(3_000);
    const states = [second, third].map((each) => (each instanceof ZoneActor ? each.state : each.refused));
    expect(states.sort()).toEqual(['fenced', 'running']);
    expect(rig.replay().violations).toEqual([]);
  });

  it('gives up when the journal stays out of reach', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const journal = rig.journal.port();
    journal.reachable = false;
    expect(await rig.tryOpen(ID, { journal, openTimeoutMs: 1_000 })).toMatchObject({
      refused: 'journal-unreachable',
    });
  });

  it('is refused with another ruleset, or with a journal that cannot be read', async () => {
    const rig = new ZoneRig(sampleRuleset());
    await rig.open();
    const other = sampleRuleset({ name: 'swamp' });
    expect(await rig.tryOpen(ID, { ruleset: other })).toMatchObject({ refused: 'wrong-ruleset' });
    const last = rig.journal.records(ID).at(-1)?.sequence ?? 0;
    rig.journal.overwrite(ID, last, new Uint8Array([1, 2, 3]));
    expect(await rig.tryOpen()).toMatchObject({ refused: 'bad-journal' });
  });

  it('is refused when a record in the middle of the journal cannot be read', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    rig.kill(first);
    const middle = rig.journal.records(ID)[5]?.sequence ?? 0;
    rig.journal.overwrite(ID, middle, new Uint8Array([0x4f, 1, 1, 0xff]));
    const detail = `record ${middle} cannot be read`;
    expect(await rig.tryOpen()).toEqual({ refused: 'bad-journal', detail });
  });

  it('reports where a replay does not give what was recorded, and names the columns', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    await rig.run(2_500);
    rig.kill(first);
    const at = rig
      .records()
      .findIndex((each) => each.kind === 'tick' && each.operations.some((op) => op.kind === 'input'));
    const { sequence } = rig.journal.records(ID)[at] as { sequence: number };
    const record = rig.records()[at] as TickRecord;
    const operations = record.operations.filter((each) => each.kind !== 'input');
    rig.journal.overwrite(ID, sequence, encodeRecord({ ...record, operations }));
    await rig.open();
    const [desync] = rig.observed('desync');
    expect(desync?.parts).toContain('body.x');
    expect(desync?.parts).not.toContain('look.hue');
  });

  it('tells gateways again who went shortly before', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    const { bus } = rig.connections(first);
    rig.send(ID, [{ kind: 'leave', player: '0000000000000002', reason: 'quit' }]);
    await rig.run(20);
    bus.disconnect();
    await rig.run(100);
    rig.kill(first);
    const told = rig.listen();
    const second = await rig.open();
    await rig.run(100);
    expect(second.status().players).toBe(1);
    expect(told[0]?.players).toMatchObject([{ kind: 'left', player: '0000000000000002', reason: 'quit' }]);
  });

  it('drops the players whose gateway does not speak up within three seconds', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await rig.open();
    const stop = rig.keepAlive(ID, 'gateway-1');
    rig.keepAlive(ID, 'gateway-2');
    rig.join(ID, 1, 'gateway-1');
    rig.join(ID, 2, 'gateway-2');
    await rig.run(500);
    rig.kill(first);
    stop();
    const second = await rig.open();
    await rig.run(2_500);
    expect(second.standing('0000000000000001').seat).toBe('connected');
    await rig.run(1_500);
    expect(second.standing('0000000000000001').seat).toBe('dropped');
    expect(second.standing('0000000000000002').seat).toBe('connected');
    await rig.run(61_000);
    expect(second.standing('0000000000000001').seat).toBe('none');
    expect(rig.replay().violations).toEqual([]);
  });

  it('lets inputs wait for those that were lost with the old owner', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await rig.open();
    rig.keepAlive();
    rig.join(ID, 1);
    rig.input(ID, 1, 1, 'coin');
    await rig.run(300);
    rig.kill(first);
    rig.input(ID, 1, 2, 'coin');
    await rig.run(100);
    const second = await rig.open();
    rig.input(ID, 1, 3, 'coin');
    await rig.run(200);
    rig.input(ID, 1, 2, 'coin');
    rig.input(ID, 1, 3, 'coin');
    await rig.run(300);
    const { runtime } = rig.replay(ID, second.status().tick);
    expect(runtime.state.record.minted).toBe(3);
  });
});

describe('a snapshot', () => {
  it('is stored now and then, and the journal is trimmed behind the oldest that is kept', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await rig.open(ID, { snapshotEveryMs: 1_000 });
    rig.keepAlive();
    rig.join(ID, 1);
    for (let sequence = 1; sequence <= 60; sequence += 1) {
      rig.input(ID, 1, sequence, 'move', { dx: sequence % 10, dy: 0 });
      await rig.run(100);
    }
    const keys = await rig.finish(snapshotKeys(rig.blobs, ID));
    expect(keys).toHaveLength(4);
    const [newest, , , oldest] = keys.map((key) => decodeSnapshot(rig.blobs.entries.get(key) as Uint8Array));
    expect(rig.journal.records(ID)[0]?.sequence).toBe(oldest?.sequence);
    rig.kill(first);
    const second = await rig.open();
    const opened = rig.observed('opened').at(-1);
    expect(opened?.records).toBe(
      rig.journal.records(ID).filter((record) => record.sequence > (newest?.sequence ?? 0)).length,
    );
    expect(second.status().players).toBe(1);
    expect(rig.observed('desync')).toEqual([]);
  });

  it('is stored of a zone that runs empty, too: the next owner does not step all of its past', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await rig.open(ID, { snapshotEveryMs: 1_000 });
    await rig.run(20_000);
    expect(rig.observed('snapshot').length).toBeGreaterThanOrEqual(3);
    // One record for each snapshot and no more: an empty zone writes little.
    expect(rig.journal.records(ID).length).toBeLessThan(10);
    rig.kill(first);
    await rig.open();
    const opened = rig.observed('opened').at(-1);
    expect(opened?.steppedTicks).toBeLessThan(5 * 20);
    expect(rig.observed('desync')).toEqual([]);
  });

  it('that is damaged is passed over for the older one', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await rig.open(ID, { snapshotEveryMs: 1_000 });
    rig.keepAlive();
    rig.join(ID, 1);
    for (let sequence = 1; sequence <= 40; sequence += 1) {
      rig.input(ID, 1, sequence, 'move', { dx: sequence % 10, dy: 0 });
      await rig.run(100);
    }
    rig.kill(first);
    const [newest] = await rig.finish(snapshotKeys(rig.blobs, ID));
    const bytes = rig.blobs.entries.get(newest as string) as Uint8Array;
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] as number) ^ 0xff;
    const second = await rig.open();
    await rig.run(1_500);
    expect(second.status().players).toBe(1);
    expect(rig.observed('desync')).toEqual([]);
  });

  it('store that fails costs nothing but a longer replay', async () => {
    const rig = new ZoneRig(sampleRuleset());
    rig.blobs.failing = true;
    const first = await rig.open(ID, { snapshotEveryMs: 500, openTimeoutMs: 500 }).catch((cause) => cause);
    expect(first).toMatchObject({ message: expect.stringContaining('journal-unreachable') });
    rig.blobs.failing = false;
    const second = await rig.open(ID, { snapshotEveryMs: 500 });
    rig.blobs.failing = true;
    rig.keepAlive();
    rig.join(ID, 1);
    await rig.run(3_000);
    expect(rig.observed('snapshot-failed').length).toBeGreaterThan(1);
    expect(second.state).toBe('running');
    rig.kill(second);
    rig.blobs.failing = false;
    const third = await rig.open();
    expect(third.status().players).toBe(1);
  });

  it('that another ruleset cannot read refuses it before anybody is fenced off', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await rig.open(ID, { snapshotEveryMs: 500 });
    rig.keepAlive();
    rig.join(ID, 1);
    await rig.run(5_000);
    const other = sampleRuleset();
    const changed = { ...other, stateSchema: { ...other.stateSchema, streams: ['other'] } };
    expect(await rig.tryOpen(ID, { ruleset: changed })).toMatchObject({ refused: 'bad-snapshot' });
    await rig.run(2_000);
    expect([first.state, rig.records().filter((record) => record.kind === 'fence').length]).toEqual([
      'running',
      0,
    ]);
  });
});

describe('an orderly stop', () => {
  it('is followed by the next tick, whoever goes on, and replays to the same state', async () => {
    const rig = new ZoneRig(sampleRuleset({ gap: 'hold' }));
    const first = await busyZone(rig);
    rig.input(ID, 1, 11, 'coin');
    const stopped = await rig.finish(first.hibernate());
    expect(stopped).toMatchObject({ tick: expect.any(Number), hash: first.hash() });
    expect(await rig.finish(first.hibernate())).toEqual(stopped);
    const { tick, hash } = stopped as { tick: number; hash: string };
    expect(rig.replay()).toMatchObject({ tick, hash, closed: true });
    const second = await rig.open();
    expect(second.status().tick).toBe(tick);
    expect(rig.observed('opened').at(-1)).toMatchObject({ records: 1, steppedTicks: 0 });
    await rig.run(10);
    expect(second.status().tick).toBe(tick + 1);
  });

  it('executes what had come in before', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    rig.send(ID, [{ kind: 'leave', player: '0000000000000001', reason: 'quit' }]);
    await rig.clock.advance(1);
    await rig.finish(first.hibernate());
    expect(rig.replay().runtime.table.count).toBe(1);
  });

  it('does not wait for ever', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    rig.connections(first).journal.reachable = false;
    const startedMs = rig.clock.now();
    expect(await rig.finish(first.hibernate())).toMatchObject({ refused: 'journal-unreachable' });
    expect(rig.clock.now() - startedMs).toBeLessThan(2_500);
    expect(first.state).toBe('closed');
    const second = await rig.open();
    expect(second.status().players).toBe(2);
  });
});
