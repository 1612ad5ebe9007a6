import { encodeBatch, subjects } from '@overworld/contracts';
import { playerId, sampleRuleset, ZoneRig } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';
import type { ZoneActor } from './actor.ts';

const ID = 'meadow-1';

async function opened(rig: ZoneRig): Promise<ZoneActor> {
  const zone = await rig.open();
  rig.keepAlive();
  for (const player of [1, 2, 3]) rig.join(ID, player);
  await rig.run(300);
  return zone;
}

describe('an input that makes the ruleset throw', () => {
  it('is left out, reported and recorded; the zone and everybody else live on', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await opened(rig);
    rig.input(ID, 1, 1, 'coin');
    rig.input(ID, 2, 1, 'bomb');
    rig.input(ID, 3, 1, 'coin');
    await rig.run(500);
    expect(zone.status()).toMatchObject({ state: 'running', players: 3 });
    expect(rig.observed('quarantined')).toMatchObject([
      {
        operation: { kind: 'input', player: playerId(2), sequence: 1 },
        message: expect.stringMatching('bomb'),
      },
    ]);
    const quarantine = rig.records().filter((record) => record.kind === 'quarantine');
    expect(quarantine).toMatchObject([{ times: 2, operation: { player: playerId(2) } }]);
    const { runtime, hash, violations } = rig.replay(ID, zone.status().tick);
    expect([hash, violations]).toEqual([zone.hash(), []]);
    expect(runtime.state.record.minted).toBe(2);
  });

  it('counts as executed, so that its client goes on', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await opened(rig);
    rig.input(ID, 2, 1, 'bomb');
    await rig.run(200);
    rig.input(ID, 2, 1, 'bomb');
    rig.input(ID, 2, 2, 'coin');
    await rig.run(200);
    const { runtime } = rig.replay(ID, zone.status().tick);
    const row = runtime.table.find(playerId(2));
    expect(runtime.table.columns.sequence[row]).toBe(2);
    expect(runtime.state.record.minted).toBe(1);
    expect(rig.observed('quarantined')).toHaveLength(1);
  });

  it('is taken from its player three times, then no more for a minute', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await opened(rig);
    for (let sequence = 1; sequence <= 10; sequence += 1) {
      rig.input(ID, 2, sequence, 'bomb');
      await rig.run(100);
    }
    expect(rig.observed('quarantined')).toHaveLength(3);
    expect(rig.observed('dropped').map(({ reason }) => reason)).toContain('blocked');
    await rig.run(61_000);
    rig.input(ID, 2, 11, 'coin');
    await rig.run(200);
    expect(rig.replay(ID, zone.status().tick).runtime.state.record.minted).toBe(1);
  });

  it('spoils at most its own tick when many come at once', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await opened(rig);
    rig.send(ID, [
      rig.inputCommand(1, 1, 'coin'),
      ...[1, 2, 3].flatMap((player) => [2, 3, 4].map((each) => rig.inputCommand(player, each, 'bomb'))),
    ]);
    await rig.run(500);
    expect(zone.status()).toMatchObject({ state: 'running', players: 3 });
    rig.join(ID, 4);
    await rig.run(200);
    rig.input(ID, 4, 1, 'coin');
    await rig.run(200);
    expect(rig.replay(ID, zone.status().tick)).toMatchObject({ hash: zone.hash(), violations: [] });
  });

  it('that breaks the tick after it is left out with the tick’s other inputs', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen();
    const zone = await opened(rig);
    rig.input(ID, 1, 1, 'coin');
    await rig.run(200);
    rig.input(ID, 2, 1, 'poison');
    await rig.run(300);
    expect(zone.status()).toMatchObject({ state: 'running', players: 3 });
    expect(rig.replay(ID, zone.status().tick)).toMatchObject({ hash: zone.hash(), violations: [] });
    expect(told.at(-1)?.tick).toBeGreaterThanOrEqual(zone.status().tick - 1);
    expect(told.filter((each) => each.full)).toHaveLength(2);
  });

  it('leaves nothing behind that a takeover would trip over', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await opened(rig);
    rig.input(ID, 2, 1, 'bomb');
    rig.input(ID, 1, 1, 'coin');
    await rig.run(500);
    rig.kill(first);
    const second = await rig.open();
    await rig.run(200);
    expect(second.status().players).toBe(3);
    expect(rig.replay().violations).toEqual([]);
  });
});

describe('a ruleset that throws by itself', () => {
  it('closes the zone with a reason when trying again does not help', async () => {
    const sample = sampleRuleset();
    let isBroken = false;
    const tick = (zone: never): void => {
      if (isBroken) throw new Error('out of grass');
      sample.definition.tick?.(zone);
    };
    const rig = new ZoneRig({ ...sample, definition: { ...sample.definition, tick } });
    const zone = await opened(rig);
    const reasons: string[] = [];
    zone.onClosed((reason) => reasons.push(reason));
    isBroken = true;
    await rig.run(200);
    expect([zone.state, ...reasons]).toEqual(['closed', 'ruleset-failed']);
    expect(rig.observed('restarted')).toHaveLength(3);
    expect(rig.observed('closed')).toMatchObject([{ detail: 'out of grass' }]);
    isBroken = false;
    const second = await rig.open();
    await rig.run(100);
    expect(second.status()).toMatchObject({ state: 'running', players: 3 });
  });

  it('once is started again as if nothing had happened', async () => {
    const sample = sampleRuleset();
    let throws = 0;
    const tick = (zone: never): void => {
      if (throws > 0) {
        throws -= 1;
        throw new Error('hiccup');
      }
      sample.definition.tick?.(zone);
    };
    const rig = new ZoneRig({ ...sample, definition: { ...sample.definition, tick } });
    const zone = await opened(rig);
    throws = 1;
    rig.input(ID, 1, 1, 'coin');
    await rig.run(300);
    expect(zone.state).toBe('running');
    expect(rig.observed('quarantined')).toEqual([]);
    const { hash, runtime } = rig.replay(ID, zone.status().tick);
    expect([hash, runtime.state.record.minted]).toEqual([zone.hash(), 1]);
  });

  it('on what the journal says leaves that operation out of every later replay', async () => {
    const sample = sampleRuleset();
    let refusesCoins = false;
    const coin = (zone: never, player: never, value: never): void => {
      if (refusesCoins) throw new Error('no coins any more');
      sample.definition.input.coin?.(zone, player, value);
    };
    const input = { ...sample.definition.input, coin };
    const rig = new ZoneRig({ ...sample, definition: { ...sample.definition, input: input as never } });
    const first = await opened(rig);
    rig.input(ID, 1, 1, 'coin');
    rig.input(ID, 2, 1, 'coin');
    await rig.run(500);
    rig.kill(first);
    refusesCoins = true;
    const second = await rig.open();
    await rig.run(500);
    expect(second.status()).toMatchObject({ state: 'running', players: 3 });
    const reports = rig.records().filter((record) => record.kind === 'quarantine');
    expect(reports).toHaveLength(2);
    refusesCoins = false;
    expect(rig.replay(ID, second.status().tick).hash).toBe(second.hash());
  });
});

describe('a journal that is slow or away', () => {
  it('holds back what is shown, but not the ticks; then everything is told in order', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen();
    const zone = await opened(rig);
    const { journal } = rig.connections(zone);
    journal.fail('stall');
    rig.input(ID, 1, 1, 'say', { text: 'one' });
    await rig.run(100);
    const [tick, before] = [zone.status().tick, told.length];
    await rig.run(400);
    expect(zone.status().tick).toBe(tick + 8);
    expect(told).toHaveLength(before);
    journal.release();
    await rig.run(60);
    expect(told.length).toBeGreaterThanOrEqual(before + 8);
    for (const [index, each] of told.entries()) {
      if (index > 0 && !each.full) expect(each.previousTick).toBe(told[index - 1]?.tick);
    }
    expect(told.flatMap((each) => each.events)).toHaveLength(1);
  });

  it('for more than a second makes the zone stand still; it goes on when the journal is back', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen();
    const zone = await opened(rig);
    const { journal } = rig.connections(zone);
    journal.reachable = false;
    rig.input(ID, 1, 1, 'coin');
    await rig.run(8_000);
    expect(zone.state).toBe('holding');
    const { tick } = zone.status();
    const before = told.length;
    await rig.run(2_000);
    expect([zone.status().tick, told.length]).toEqual([tick, before]);
    journal.reachable = true;
    await rig.run(1_500);
    expect(zone.state).toBe('running');
    expect(rig.observed('resumed')).toMatchObject([{ heldMs: expect.any(Number) }]);
    expect(zone.status().tick).toBeGreaterThan(tick);
    expect(zone.status().tick).toBeLessThan(tick + 40);
    expect(zone.status().players).toBe(3);
    expect(rig.replay(ID, zone.status().tick)).toMatchObject({ hash: zone.hash(), violations: [] });
  });
});

describe('a bus that is away', () => {
  it('costs nobody the seat, and who missed a message can see that from the next', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen();
    const zone = await opened(rig);
    const { bus } = rig.connections(zone);
    bus.disconnect();
    await rig.run(8_000);
    const before = told.length;
    bus.connect();
    await rig.run(2_500);
    expect(rig.observed('gateway-lost')).toEqual([]);
    expect(zone.standing(playerId(1)).seat).toBe('connected');
    const [last, next] = [told[before - 1], told[before]];
    expect(next?.full === true || (next?.previousTick ?? 0) > (last?.tick ?? 0)).toBe(true);
  });
});

describe('a zone under pressure', () => {
  it('gives up time it cannot make up for, and says so', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await opened(rig);
    const { tick } = zone.status();
    rig.clock.jump(2_000);
    await rig.run(100);
    expect(zone.status().tick - tick).toBeLessThan(10);
    expect(rig.observed('dilated')).toMatchObject([
      { ticks: expect.any(Number), lostMs: expect.any(Number) },
    ]);
    expect(zone.status().dilatedTicks).toBeGreaterThan(30);
    expect(rig.observed('gateway-lost')).toEqual([]);
  });

  it('reports ticks that take too long', async () => {
    const sample = sampleRuleset();
    const rig = new ZoneRig(sample);
    const slow = { ...sample.definition, tick: () => void rig.clock.jump(60) };
    const zone = await rig.open(ID, { ruleset: { ...sample, definition: slow } } as never);
    await rig.run(1_000);
    expect(zone.status().overruns).toBeGreaterThan(5);
    expect(rig.observed('overrun')[0]).toMatchObject({ durationMs: 60, budgetMs: 50 });
    expect(zone.status().load).toBeCloseTo(1.2);
  });

  it('survives any bytes in its mailbox', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await opened(rig);
    const batch = encodeBatch('gateway-1', [rig.inputCommand(1, 1, 'coin')]);
    for (let seed = 0; seed < 200; seed += 1) {
      const bytes = batch.slice(0, (seed * 7) % (batch.length + 1));
      if (bytes.length > 0) bytes[(seed * 13) % bytes.length] = (seed * 31) & 0xff;
      rig.bus.publish(subjects.zoneIn(ID), bytes);
      rig.bus.publish(subjects.zoneSync(ID), bytes);
      rig.bus.publish(subjects.zoneControl(ID), bytes);
    }
    await rig.run(500);
    expect(zone.status()).toMatchObject({ state: 'running', players: 3, mailboxDepth: 0 });
    expect(rig.observed('dropped').length).toBeGreaterThan(0);
  });

  it('without players appends nothing and tells nobody', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen();
    const zone = await rig.open();
    await rig.run(4_000);
    const [appends, before] = [rig.connections(zone).journal.appends, told.length];
    await rig.run(60_000);
    expect([rig.connections(zone).journal.appends, told.length]).toEqual([appends, before]);
    expect(zone.status()).toMatchObject({ isQuiet: true, emptyForTicks: zone.status().tick });
    rig.keepAlive();
    rig.join(ID, 1);
    await rig.run(300);
    expect(told[before]).toMatchObject({ full: true });
    expect(zone.status().players).toBe(1);
  });
});

describe('a gateway', () => {
  it('that asks gets everything, as the last message left it', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const told = rig.listen();
    const zone = await opened(rig);
    const asking = rig.bus.port('gateway-1').request(subjects.zoneSync(ID), new Uint8Array(0), 1_000);
    const outcome = await rig.finish(asking);
    expect(outcome.kind).toBe('answered');
    const answer =
      outcome.kind === 'answered' ? JSON.parse(new TextDecoder().decode(outcome.payload)) : undefined;
    expect(answer).toMatchObject({ epoch: 1, full: true });
    expect(told.some((each) => each.tick === answer.tick && each.hash === answer.hash)).toBe(true);
    expect(zone.state).toBe('running');
  });

  it('that asks while the journal is away waits for what may be told', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await opened(rig);
    const { journal } = rig.connections(zone);
    journal.fail('stall');
    rig.input(ID, 1, 1, 'coin');
    await rig.run(100);
    let isAnswered = false;
    const asking = rig.bus.port('gateway-1').request(subjects.zoneSync(ID), new Uint8Array(0), 5_000);
    void asking.then(() => {
      isAnswered = true;
    });
    await rig.run(400);
    expect(isAnswered).toBe(false);
    journal.release();
    await rig.run(100);
    expect(isAnswered).toBe(true);
  });

  it('can ask for the status and for hibernation', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const zone = await opened(rig);
    const ask = async (command: string): Promise<unknown> => {
      const bytes = new TextEncoder().encode(JSON.stringify({ command }));
      const outcome = await rig.finish(
        rig.bus.port('operator').request(subjects.zoneControl(ID), bytes, 3_000),
      );
      return outcome.kind === 'answered' ? JSON.parse(new TextDecoder().decode(outcome.payload)) : outcome;
    };
    const times = { tickMsP50: expect.any(Number), tickMsP99: expect.any(Number) };
    expect(await ask('status')).toMatchObject({ zone: ID, state: 'running', players: 3, ...times });
    expect(await ask('explode')).toMatchObject({ refused: 'bad-request' });
    expect(await ask('hibernate')).toMatchObject({ tick: expect.any(Number), hash: zone.hash() });
    expect(zone.state).toBe('closed');
  });
});
