import { FakeRandom, playerId, sampleRuleset, type Told, ZoneRig } from '@overworld/testkit';
import { describe, expect, it } from 'vitest';
import type { ZoneActor } from './actor.ts';
import type { ZoneFaults } from './options.ts';
import type { ZoneRecord } from './record.ts';

const ID = 'meadow-1';
const PLAYERS = 4;

/** What a run breaks, by the numbers of the design's invariants; empty when it holds all of them. */
interface Broken {
  /** 1 and 2: epochs, owners and ticks of the journal. */
  readonly journal: readonly string[];
  /** 3: hash(snapshot + replay) = hash(live). */
  readonly hashes: readonly string[];
  /** 4 and 8: what was told and asked for is in the final journal. */
  readonly told: readonly string[];
  /** 7: effects, and that no input counts twice. */
  readonly effects: readonly string[];
  /** 9: after the faults heal the zone ticks, and its mailbox is empty. */
  readonly liveness: readonly string[];
}

class World {
  readonly rig: ZoneRig;
  readonly told: Told[];
  readonly random: FakeRandom;
  readonly faults: ZoneFaults;
  coinsAsked = 0;
  readonly sequences = new Map<number, number>();
  owner: ZoneActor | undefined;
  /** Replaced owners that were not told: they still run. */
  readonly zombies: ZoneActor[] = [];

  constructor(seed: number, faults: ZoneFaults) {
    this.rig = new ZoneRig(sampleRuleset(), { journalLatencyMs: 2 });
    this.told = this.rig.listen();
    this.random = new FakeRandom(seed);
    this.faults = faults;
  }

  async open(): Promise<void> {
    this.owner = await this.rig.open(ID, { faults: this.faults, snapshotEveryMs: 3_000 });
  }

  async run(turns: number): Promise<void> {
    await this.open();
    this.rig.keepAlive();
    for (let player = 1; player <= PLAYERS; player += 1) this.rig.join(ID, player);
    await this.rig.run(300);
    for (let turn = 0; turn < turns; turn += 1) await this.turn();
    if (this.owner) this.rig.connections(this.owner).journal.heal();
    await this.rig.run(4_000);
  }

  async turn(): Promise<void> {
    for (let player = 1; player <= PLAYERS; player += 1) this.play(player);
    await this.rig.run(this.random.between(10, 200));
    const luck = this.random.next();
    if (luck < 0.04) await this.crash();
    else if (luck < 0.07) await this.replace();
    else if (luck < 0.1) await this.migrate();
    else if (luck < 0.2) this.troubleJournal();
    else if (luck < 0.23) this.joinAgain();
  }

  play(player: number): void {
    const sequence = (this.sequences.get(player) ?? 0) + 1;
    this.sequences.set(player, sequence);
    const [name, value] = this.#choose(sequence);
    if (name === 'coin') this.coinsAsked += 1;
    this.rig.input(ID, player, sequence, name, value);
    // A client that is not sure sends again.
    const again = (): void => this.rig.input(ID, player, sequence, name, value);
    if (this.random.chance(0.3)) this.rig.clock.after(this.random.between(0, 400), again);
  }

  #choose(sequence: number): readonly [name: string, value: unknown] {
    const luck = this.random.next();
    if (luck < 0.5) return ['move', { dx: this.random.int(10), dy: this.random.int(10) }];
    if (luck < 0.7) return ['coin', {}];
    if (luck < 0.9) return ['say', { text: `line ${sequence}` }];
    return luck < 0.91 ? ['bomb', {}] : ['jump', {}];
  }

  async crash(): Promise<void> {
    if (this.owner) this.rig.kill(this.owner);
    await this.rig.run(this.random.between(0, 1_500));
    await this.open();
  }

  /** The old owner was only cut off for a moment, and goes on as if nothing had happened. */
  async replace(): Promise<void> {
    if (this.owner) this.zombies.push(this.owner);
    await this.open();
  }

  async migrate(): Promise<void> {
    if (this.owner) await this.rig.finish(this.owner.hibernate());
    await this.open();
  }

  troubleJournal(): void {
    if (!this.owner) return;
    const { journal } = this.rig.connections(this.owner);
    const fault = (['lost-ack', 'lost', 'late', 'reject', 'stall'] as const)[this.random.int(5)];
    journal.fail(fault ?? 'lost', 1 + this.random.int(2));
    this.rig.clock.after(this.random.between(50, 1_500), () => journal.release());
  }

  joinAgain(): void {
    const player = 1 + this.random.int(PLAYERS);
    this.rig.send(ID, [{ kind: 'drop', player: playerId(player) }]);
    this.rig.join(ID, player);
  }

  check(): Broken {
    const { rig } = this;
    const hashes = new Map<number, string>();
    const until = this.owner?.status().tick;
    const replay = rig.replay(ID, until, (tick, runtime) => hashes.set(tick, runtime.hash()));
    const told = this.told
      .filter((each) => hashes.has(each.tick) && hashes.get(each.tick) !== each.hash)
      .map((each) => `epoch ${each.epoch} told tick ${each.tick}`);
    const live =
      this.owner?.hash() === replay.hash ? [] : [`live ${this.owner?.hash()}, replayed ${replay.hash}`];
    const status = this.owner?.status();
    const isAlive = status?.state === 'running' && status.mailboxDepth === 0;
    const recorded = replay.mismatches.map((each) => `tick ${each.tick}`);
    return {
      journal: [...replay.violations.map((each) => each.detail), ...brokenRecords(rig.records())],
      hashes: [...live, ...recorded],
      told: [...told, ...this.#lines(rig.records())],
      liveness: isAlive ? [] : [`after the faults the zone is ${status?.state}`],
      effects: this.#effects(replay.runtime.state.record.minted as number),
    };
  }

  /** Every line of chat that a gateway was told belongs to an input in the journal, and was told once. */
  #lines(records: readonly ZoneRecord[]): string[] {
    const heard = this.told.flatMap((each) => each.events as { value: { name: string; text: string } }[]);
    const lines = heard.map(({ value }) => `${value.name}: ${value.text}`);
    const journaled = new Set<string>();
    for (const record of records) {
      for (const each of record.kind === 'tick' ? record.operations : []) {
        if (each.kind === 'input')
          journaled.add(`player ${Number.parseInt(each.player, 16)}: line ${each.sequence}`);
      }
    }
    const twice = lines
      .filter((line, index) => lines.indexOf(line) !== index)
      .map((line) => `twice: ${line}`);
    // The journal is trimmed: only what is newer than its first record can be looked up.
    const firstTick = records[0]?.tick ?? 0;
    const recent = this.told.filter((each) => each.tick > firstTick).flatMap((each) => each.events);
    const unknown = (recent as typeof heard)
      .map(({ value }) => `${value.name}: ${value.text}`)
      .filter((line) => !journaled.has(line));
    return [...twice, ...unknown.map((line) => `not journaled: ${line}`)];
  }

  #effects(minted: number): string[] {
    const applied = (this.rig.applied.get(ID) ?? []).filter((each) => each.kind === 'minted');
    const broken: string[] = [];
    if (applied.length !== minted) broken.push(`${minted} minted, ${applied.length} applied`);
    if (minted > this.coinsAsked) broken.push(`${minted} minted for ${this.coinsAsked} inputs`);
    const sequences = (this.rig.applied.get(ID) ?? []).map((each) => each.sequence);
    if (sequences.some((each, index) => each !== index + 1)) broken.push('effects were applied out of order');
    return broken;
  }
}

function brokenRecords(records: readonly ZoneRecord[]): string[] {
  const broken: string[] = [];
  const seen = new Set<string>();
  for (const record of records) {
    for (const each of record.kind === 'tick' ? record.operations : []) {
      if (each.kind !== 'input' || each.source !== 'player') continue;
      const name = `${each.player} ${each.sequence}`;
      if (seen.has(name)) broken.push(`input ${name} is in two records`);
      seen.add(name);
    }
  }
  return broken;
}

async function check(seed: number, turns: number, faults: ZoneFaults = {}): Promise<Broken> {
  const world = new World(seed, faults);
  await world.run(turns);
  return world.check();
}

const WHOLE: Broken = { journal: [], hashes: [], told: [], effects: [], liveness: [] };
const SEEDS = 24;

describe('[1] [2] [3] [4] [7] [8] [9] a zone whose owners crash, stall and are replaced', () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    it(`holds its invariants, seed ${seed}`, async () => {
      expect(await check(seed, 120)).toEqual(WHOLE);
    });
  }
});

describe('[mutation] the checks above see', () => {
  async function sees(faults: ZoneFaults, part: keyof Broken): Promise<void> {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const broken = await check(seed, 120, faults);
      if (broken[part].length > 0) return;
    }
    throw new Error(`${SEEDS} seeds did not show it`);
  }

  it('[1] owners without a fence', () => sees({ noFence: true }, 'journal'));
  it('[2] inputs without dedupe', () => sees({ noInputDedupe: true }, 'journal'));
  it('[3] hashes that are wrong', () => sees({ wrongHash: true }, 'hashes'));
  it('[4] [8] output without commit', () => sees({ noOutputCommit: true }, 'told'));
});
