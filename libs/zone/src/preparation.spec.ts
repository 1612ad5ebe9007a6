import type { Journal, JournalRecord } from '@overworld/ports';
import { FakeRandom, sampleRuleset, ZoneRig } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';
import type { ZoneActor } from './actor.ts';
import { resolveOptions } from './options.ts';
import type { Preparation } from './preparation.ts';
import type { Takeover } from './rebuild.ts';
import { encodeRecord, type TickRecord } from './record.ts';
import type { TakeoverParts } from './source.ts';
import { takeOver } from './takeover.ts';

const ID = 'meadow-1';
const SEEDS = 60;

async function prepared(rig: ZoneRig, options: Parameters<ZoneRig['prepare']>[1] = {}): Promise<Preparation> {
  const preparation = await rig.prepare(ID, options);
  if ('refused' in preparation) throw new Error(`${preparation.refused}: ${preparation.detail}`);
  return preparation;
}

async function busyZone(rig: ZoneRig): Promise<ZoneActor> {
  const zone = await rig.open();
  rig.keepAlive();
  for (const player of [1, 2, 3]) rig.join(ID, player);
  await rig.run(400);
  await play(rig, 1, 8);
  return zone;
}

async function play(rig: ZoneRig, from: number, to: number): Promise<void> {
  for (let sequence = from; sequence <= to; sequence += 1) {
    rig.input(ID, 1, sequence, 'move', { dx: (sequence % 9) - 4, dy: 1 });
    rig.input(ID, 2, sequence, sequence % 3 === 0 ? 'coin' : 'jump');
    await rig.run(60);
  }
}

/** The whole journal is one that a fence keeps, and its replay is what runs. */
function expectWhole(rig: ZoneRig, zone: ZoneActor): void {
  const { violations, mismatches, hash } = rig.replay(ID, zone.status().tick);
  expect([violations, mismatches]).toEqual([[], []]);
  expect(hash).toBe(zone.hash());
}

describe('a prepared takeover', () => {
  it('does not let the owner notice, and goes on at the tick behind its closing record', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    const before = rig.records().length;
    const preparation = await prepared(rig);
    expect([first.state, rig.records().length >= before]).toEqual(['running', true]);
    expect(rig.records().filter((record) => record.kind === 'fence')).toHaveLength(1);
    await play(rig, 9, 12);
    const closed = await rig.finish(first.handOver());
    const second = await rig.open(ID, { prepared: preparation });
    expect(rig.observed('opened').at(-1)).toMatchObject({ epoch: 2, isPrepared: true });
    expect(rig.records().at(-1)).toMatchObject({
      kind: 'fence',
      fromTick: (closed as { tick: number }).tick,
    });
    expect([preparation.isOver, second.status().players]).toEqual([true, 3]);
    await play(rig, 13, 16);
    expectWhole(rig, second);
  });

  it('waits for the closing record of an owner that was asked for it, and sees it by itself', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    const preparation = await prepared(rig);
    preparation.awaitClosing(1_000);
    const opening = rig.open(ID, { prepared: preparation });
    void rig.clock.after(200, () => void first.handOver());
    const second = await opening;
    expect([first.state, second.epoch]).toEqual(['closed', 2]);
    expect(rig.records().slice(-2)).toMatchObject([{ kind: 'close' }, { kind: 'fence', stepTicks: 0 }]);
    expectWhole(rig, second);
  });

  it('fences an owner off that does not close in time, and one that nobody asks any more', async () => {
    for (const isToldSo of [false, true]) {
      const rig = new ZoneRig(sampleRuleset());
      const first = await busyZone(rig);
      const preparation = await prepared(rig);
      preparation.awaitClosing(1_000);
      const beganMs = rig.clock.now();
      if (isToldSo) rig.clock.after(100, () => preparation.awaitClosing(0));
      const second = await rig.open(ID, { prepared: preparation });
      const tookMs = rig.clock.now() - beganMs;
      expect([tookMs >= (isToldSo ? 100 : 1_000), tookMs < (isToldSo ? 300 : 1_300)]).toEqual([true, true]);
      await play(rig, 9, 10);
      expect([first.state, rig.observed('opened').at(-1)]).toMatchObject(['fenced', { isPrepared: true }]);
      expectWhole(rig, second);
    }
  });

  it('tries again behind the records of an owner that still writes', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    const preparation = await prepared(rig, { journal: rig.journal.port({ latencyMs: 45 }) });
    for (let sequence = 9; sequence < 60; sequence += 1) {
      rig.clock.after((sequence - 8) * 20, () => rig.input(ID, 1, sequence, 'jump'));
    }
    const second = await rig.open(ID, {
      prepared: preparation,
      journal: rig.journal.port({ latencyMs: 45 }),
    });
    await rig.run(1_500);
    expect([first.state, second.state]).toEqual(['fenced', 'running']);
    expectWhole(rig, second);
  });

  it('is an ordinary one when another owner came between and left a record that it cannot apply', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    const preparation = await prepared(rig);
    await rig.finish(first.handOver());
    const last = rig.journal.records(ID).at(-1) as JournalRecord;
    const head = {
      kind: 'tick',
      epoch: 1,
      tick: first.status().tick + 1,
      wallMs: 0,
      operations: [],
    } as const;
    // It says that it follows another record than it does.
    const broken: TickRecord = { ...head, previous: last.sequence - 1 };
    await rig.finish(rig.journal.port().append(ID, last.sequence, encodeRecord(broken)));
    const second = await rig.open(ID, { prepared: preparation });
    expect(rig.observed('opened').at(-1)).toMatchObject({ epoch: 2, isPrepared: false });
    expect([preparation.isOver, second.state]).toEqual([true, 'running']);
    expect(rig.observed('journal-violation')).toHaveLength(1);
  });

  it('follows the zone over other owners', async () => {
    const rig = new ZoneRig(sampleRuleset());
    rig.kill(await busyZone(rig));
    const preparation = await prepared(rig);
    const second = await rig.open();
    await play(rig, 9, 12);
    await rig.finish(second.handOver());
    const third = await rig.open(ID, { prepared: preparation });
    expect(rig.observed('opened').at(-1)).toMatchObject({ epoch: 3, isPrepared: true });
    expectWhole(rig, third);
  });

  it('stays whole when the snapshot that it came from is replaced and the journal trimmed behind it', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await rig.open(ID, { snapshotEveryMs: 200, snapshotsKept: 2 });
    rig.keepAlive();
    for (const player of [1, 2, 3]) rig.join(ID, player);
    await rig.run(1_000);
    const preparation = await prepared(rig);
    const from = preparation.sequence;
    await play(rig, 1, 40);
    expect(rig.journal.records(ID)[0]?.sequence).toBeGreaterThan(from);
    await rig.finish(first.handOver());
    const second = await rig.open(ID, { prepared: preparation });
    expect(rig.observed('opened').at(-1)).toMatchObject({ isPrepared: true });
    expectWhole(rig, second);
  });

  it('leaves an operation that throws in it to an ordinary one, which takes it out of the zone', async () => {
    const sample = sampleRuleset();
    let refusesCoins = false;
    const coin = (zone: never, player: never, value: never): void => {
      if (refusesCoins) throw new Error('no coins any more');
      sample.definition.input.coin?.(zone, player, value);
    };
    const input = { ...sample.definition.input, coin };
    const rig = new ZoneRig({ ...sample, definition: { ...sample.definition, input: input as never } });
    const first = await busyZone(rig);
    const preparation = await prepared(rig);
    rig.input(ID, 2, 9, 'coin');
    await rig.run(120);
    await rig.finish(first.handOver());
    refusesCoins = true;
    const second = await rig.open(ID, { prepared: preparation });
    expect(rig.observed('opened').at(-1)).toMatchObject({ isPrepared: false });
    await rig.run(500);
    expect(second.status()).toMatchObject({ state: 'running', players: 3 });
    expect(rig.records().filter((record) => record.kind === 'quarantine').length).toBeGreaterThan(0);
  });
});

describe('what is prepared', () => {
  it('is forgotten when nobody comes for it, and the next takeover is an ordinary one', async () => {
    const rig = new ZoneRig(sampleRuleset());
    const first = await busyZone(rig);
    const preparation = await prepared(rig, { keptMs: 500 });
    let times = 0;
    preparation.onOver(() => {
      times += 1;
    });
    await rig.run(400);
    expect(preparation.isOver).toBe(false);
    preparation.keep(500);
    await rig.run(400);
    expect(preparation.isOver).toBe(false);
    await rig.run(200);
    expect([preparation.isOver, times]).toEqual([true, 1]);
    preparation.release();
    await rig.finish(first.handOver());
    const second = await rig.open(ID, { prepared: preparation });
    expect([times, rig.observed('opened').at(-1)]).toMatchObject([1, { epoch: 2, isPrepared: false }]);
    expectWhole(rig, second);
  });

  it('follows the journal, and does not mind when it is away', async () => {
    const rig = new ZoneRig(sampleRuleset());
    await busyZone(rig);
    const journal = rig.journal.port();
    const preparation = await prepared(rig, { journal });
    const { sequence } = preparation;
    journal.reachable = false;
    await play(rig, 9, 14);
    expect(preparation.sequence).toBe(sequence);
    journal.reachable = true;
    await play(rig, 15, 20);
    expect(preparation.sequence).toBeGreaterThan(sequence);
  });

  it('cannot be of a zone that has never run, or whose journal does not fit', async () => {
    const rig = new ZoneRig(sampleRuleset());
    expect(await rig.prepare(ID)).toMatchObject({ refused: 'bad-journal' });
    await rig.finish(rig.journal.port().append(ID, 0, new Uint8Array([1, 2, 3])));
    expect(await rig.prepare(ID)).toMatchObject({ refused: 'bad-journal' });
  });
});

describe('the state behind a prepared takeover', () => {
  it(`is the one behind an ordinary takeover, for ${SEEDS} seeds`, async () => {
    let carried = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { one, other } = await takenTwice(seed);
      expect([seed, ...factsOf(one)]).toEqual([seed, ...factsOf(other)]);
      carried += one.carried.length;
    }
    expect(carried).toBeGreaterThan(SEEDS / 2);
  });
});

/** A zone that lives through what its seed says, taken over from the same journal at the same moment in both ways. */
async function takenTwice(seed: number): Promise<{ readonly one: Takeover; readonly other: Takeover }> {
  const random = new FakeRandom(seed);
  const rig = new ZoneRig(sampleRuleset(random.chance(0.5) ? {} : { gap: 'hold' }));
  // No snapshot comes between: what is carried is what was replayed.
  const first = await rig.open(ID, { snapshotEveryMs: 600_000 });
  rig.keepAlive();
  const life = new Life(rig, random);
  await life.goOn(10 + random.int(30));
  const preparation = await prepared(rig);
  await life.goOn(random.int(40));
  if (random.chance(0.7)) await rig.finish(first.handOver());
  else rig.kill(first);
  await rig.run(random.int(400));
  const wallMs = rig.clock.wall();
  const copy = copyOf(rig.journal.records(ID));
  const one = await rig.finish(takeOver(partsOf(rig, rig.journal.port(), wallMs), preparation));
  const other = await rig.finish(takeOver(partsOf(rig, copy, wallMs)));
  if ('refused' in one || 'refused' in other) throw new Error(`seed ${seed}: a takeover was refused`);
  expect([one.isPrepared, other.isPrepared]).toEqual([true, false]);
  return { one, other };
}

/** Players come, act, leave and walk away. */
class Life {
  readonly #rig: ZoneRig;
  readonly #random: FakeRandom;
  readonly #sequences = new Map<number, number>();

  constructor(rig: ZoneRig, random: FakeRandom) {
    this.#rig = rig;
    this.#random = random;
  }

  async goOn(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      this.#act(1 + this.#random.int(6));
      await this.#rig.run(this.#random.int(120));
    }
  }

  #act(player: number): void {
    const luck = this.#random.next();
    const id = player.toString(16).padStart(16, '0');
    const sequence = (this.#sequences.get(player) ?? 0) + 1;
    if (luck < 0.25) this.#rig.join(ID, player);
    else if (luck < 0.32) this.#rig.send(ID, [{ kind: 'leave', player: id, reason: 'bye' }]);
    else if (luck < 0.38) this.#rig.send(ID, [{ kind: 'drop', player: id }]);
    else {
      this.#sequences.set(player, sequence);
      if (luck < 0.44) this.#rig.input(ID, player, sequence, 'cross', { to: 'meadow-2' });
      else if (luck < 0.5) this.#rig.input(ID, player, sequence, 'bomb');
      else if (luck < 0.7) this.#rig.input(ID, player, sequence, 'coin');
      else this.#rig.input(ID, player, sequence, 'move', { dx: this.#random.int(9) - 4, dy: 2 });
    }
  }
}

function partsOf(rig: ZoneRig, journal: Journal, wallMs: number): TakeoverParts {
  const { clock, blobs, bus, ruleset } = rig;
  const at = {
    now: () => clock.now(),
    wall: () => wallMs,
    after: (delayMs: number, callback: () => void) => clock.after(delayMs, callback),
  };
  const options = resolveOptions({ owner: 'next' }, ruleset.tickHz);
  return {
    spec: rig.spec(ID),
    ruleset,
    options,
    ports: { journal, blobs, bus, clock: at },
    observe: () => {},
  };
}

function factsOf({ runtime, birth, epoch, sequence, carried }: Takeover): unknown[] {
  return [runtime.hash(), runtime.hashes(), runtime.state.tick, birth, epoch, sequence, carried];
}

/** The journal of one zone as it is now, which goes its own way from here. */
function copyOf(kept: readonly JournalRecord[]): Journal {
  const records = [...kept];
  return {
    append: async (_zone, expectedSequence, bytes) => {
      if ((records.at(-1)?.sequence ?? 0) !== expectedSequence) return { kind: 'conflict' };
      records.push({ sequence: expectedSequence + 1, bytes });
      return { kind: 'appended', sequence: expectedSequence + 1 };
    },
    read: async (_zone, after, limit) => records.filter(({ sequence }) => sequence > after).slice(0, limit),
    last: async () => records.at(-1),
    trim: async () => {},
    zones: async () => [],
  };
}
