import type { RuntimeFaults } from '@overworld/ruleset';
import { decodeRecord, simulate, snapshotKeys } from '@overworld/zone';
import { eventKey, FinalFacts, type PlayerFact, playersOf } from '@overworld/testkit';
import type { SimClient } from './sim-client.ts';
import type { SimDevice } from './sim-device.ts';
import { checkBoundaries } from './boundary-check.ts';
import { BEHIND_TICKS, checkSight } from './sight-check.ts';
import type { SimWorld } from './sim-world.ts';

/** The number is the invariant's in the design; `detail` has the facts. */
export interface Finding {
  readonly invariant: number;
  readonly detail: string;
}

/** Holds a world that has settled against the invariants of the design. */
export class SimCheck {
  readonly findings: Finding[] = [];
  readonly facts = new Map<string, FinalFacts>();
  readonly #world: SimWorld;
  readonly #faults: RuntimeFaults;

  constructor(world: SimWorld, faults: RuntimeFaults) {
    this.#world = world;
    this.#faults = faults;
  }

  async run(): Promise<readonly Finding[]> {
    for (const failure of this.#world.log.failures) this.#find(9, failure);
    for (const zone of this.#world.cluster.zones) this.#readZone(zone);
    for (const zone of this.#world.cluster.zones) await this.#checkZone(zone);
    for (const detail of this.#world.witness.tooEarly) this.#find(8, detail);
    this.#checkInputs();
    this.#checkPlaces();
    this.#checkCoins();
    for (const detail of checkBoundaries(this.facts)) this.#find(detail.invariant, detail.detail);
    for (const client of this.#world.clients) this.#checkClient(client);
    return this.findings;
  }

  #find(invariant: number, detail: string): void {
    this.findings.push({ invariant, detail });
  }

  #readZone(zone: string): void {
    const { cluster, journal, witness, clients } = this.#world;
    const ticks = new Set<number>();
    for (const shown of witness.shown) if (shown.zone === zone) ticks.add(shown.tick);
    for (const changed of witness.handovers) if (changed.zone === zone) ticks.add(changed.tick);
    for (const { devices } of clients)
      for (const { sightings } of devices)
        for (const seen of sightings) if (seen.zone === zone) ticks.add(seen.tick);
    const records = journal.history(zone);
    const until = cluster.owner(zone)?.status().tick ?? Number.MAX_SAFE_INTEGER;
    const ruleset = cluster.rulesetOf(zone);
    try {
      this.facts.set(
        zone,
        new FinalFacts({ zone, ruleset, records, ticks, until, hasBoundaries: true, faults: this.#faults }),
      );
    } catch (cause) {
      this.#find(
        3,
        `the journal of ${zone} cannot be replayed: ${cause instanceof Error ? cause.stack : cause}`,
      );
    }
  }

  async #checkZone(zone: string): Promise<void> {
    const facts = this.facts.get(zone);
    if (facts === undefined) return;
    this.#checkJournal(facts);
    this.#checkHashes(facts);
    await this.#checkSnapshots(facts);
    this.#checkHandovers(facts);
    this.#checkShown(facts);
    this.#checkCrossings(facts);
    this.#checkEffects(facts);
    this.#checkOwners(zone);
  }

  /** 1 and 2. */
  #checkJournal({ zone, records, replay }: FinalFacts): void {
    for (const { sequence, detail } of replay.violations) {
      this.#find(detail.startsWith('tick') ? 2 : 1, `${zone}, record ${sequence}: ${detail}`);
    }
    const owners = new Map<number, string>();
    for (const record of records) {
      if (record.kind !== 'fence') continue;
      const other = owners.get(record.epoch);
      if (other !== undefined)
        this.#find(1, `${zone}: epoch ${record.epoch} of ${other} and of ${record.owner}`);
      owners.set(record.epoch, record.owner);
    }
  }

  /** 3: the live state, and every recorded hash. */
  #checkHashes({ zone, replay, runtime }: FinalFacts): void {
    const owner = this.#world.cluster.owner(zone);
    if (owner !== undefined && owner.hash() !== runtime.hash()) {
      const [live, replayed] = [owner.status().tick, runtime.state.tick];
      this.#find(3, `${zone}: live ${owner.hash()} at ${live}, replayed ${runtime.hash()} at ${replayed}`);
    }
    for (const { tick, parts } of replay.mismatches.slice(0, 3)) {
      this.#find(
        3,
        `${zone}: the hash recorded at tick ${tick} is not the replayed one (${parts.join(', ')})`,
      );
    }
  }

  /** 3: every stored snapshot with the records after it. */
  async #checkSnapshots({ zone, runtime }: FinalFacts): Promise<void> {
    const { blobs, journal, cluster } = this.#world;
    const records = journal.history(zone);
    const { tick } = runtime.state;
    blobs.latencyMs = 0;
    for (const key of await snapshotKeys(blobs, zone)) {
      const snapshot = blobs.entries.get(key);
      const ruleset = cluster.rulesetOf(zone);
      const result = simulate({ ruleset, zone, snapshot, records, until: tick, faults: this.#faults });
      if ('refused' in result) this.#find(3, `${key}: ${result.refused}, ${result.detail}`);
      else if (result.hash !== runtime.hash()) this.#find(3, `${key}: ${result.hash}, not ${runtime.hash()}`);
    }
  }

  /** 3: what an owner began with, and what it left in good order, is what everybody else makes of the journal. */
  #checkHandovers(facts: FinalFacts): void {
    for (const { zone, owner, epoch, tick, hash } of this.#world.witness.handovers) {
      const final = zone === facts.zone ? facts.at(tick)?.hash : hash;
      if (final !== hash)
        this.#find(
          3,
          `${zone}: ${owner} had ${hash} at ${tick}, between owners of epoch ${epoch}; replayed ${final}`,
        );
    }
  }

  /** 4: every tick that was shown is the journal's. */
  #checkShown(facts: FinalFacts): void {
    const wrong = this.#world.witness.shown.filter(
      ({ zone, tick, hash }) => zone === facts.zone && facts.at(tick)?.hash !== hash,
    );
    const [first] = wrong;
    if (first === undefined) return;
    const { owner, epoch, tick, hash } = first;
    const final = facts.at(tick)?.hash ?? 'no such tick';
    this.#find(
      4,
      `${facts.zone}: ${wrong.length} ticks shown are not the journal's, first ${tick} of epoch ${epoch} by ${owner}: ${hash}, but ${final}`,
    );
  }

  /** 4 and 5: what zones told each other is in their journals. */
  #checkCrossings(facts: FinalFacts): void {
    const { handoffs, receipts } = this.#world.witness;
    for (const { from, handoff } of handoffs) {
      if (from === facts.zone && !facts.handoffs.has(handoff))
        this.#find(4, `${from} sent handoff ${handoff}, which its journal does not have`);
    }
    for (const { by, from, handoff, accepted } of receipts) {
      if (by !== facts.zone) continue;
      const result = facts.results.get(`${from}/${handoff}`);
      if (result?.accepted !== accepted) {
        this.#find(
          4,
          `${by} told ${from} that handoff ${handoff} is ${accepted}, its journal says ${result?.accepted}`,
        );
      }
    }
  }

  /** 7: exactly once, in order, and what the journal says. */
  #checkEffects(facts: FinalFacts): void {
    const applied = this.#world.persistence.applied.get(facts.zone) ?? [];
    applied.forEach((effect, index) => {
      if (effect.sequence !== index + 1)
        this.#find(7, `${facts.zone}: effect ${effect.sequence} was applied as number ${index + 1}`);
      const final = facts.effects.get(effect.sequence);
      if (JSON.stringify(final) !== JSON.stringify({ ...effect })) {
        const asked = JSON.stringify(effect);
        this.#find(7, `${facts.zone}: applied ${asked}, the journal has ${JSON.stringify(final)}`);
      }
    });
    if (applied.length !== facts.effects.size) {
      this.#find(7, `${facts.zone}: ${facts.effects.size} effects in the journal, ${applied.length} applied`);
    }
    const picks = [...facts.effects.values()].filter(({ kind }) => kind === 'minted');
    const ids = new Set(picks.map(({ payload }) => (JSON.parse(payload) as { pick: number }).pick));
    if (ids.size !== picks.length) this.#find(7, `${facts.zone}: a coin was minted twice`);
  }

  /** 9: one owner, ticking, with nothing left to do. */
  #checkOwners(zone: string): void {
    const zombies = this.#world.cluster.zombies(zone);
    if (zombies.length > 0) this.#find(1, `${zone} still has ${zombies.length} owners that were replaced`);
    const status = this.#world.cluster.owner(zone)?.status();
    if (status?.state !== 'running') this.#find(9, `${zone} is ${status?.state}`);
    const { mailboxDepth = 0, pendingEffects = 0, pendingHandoffs = 0 } = status ?? {};
    // Who waits outside asks again and again.
    const asking = this.#world.clients.filter(({ isTurnedAway }) => isTurnedAway).length;
    if (mailboxDepth > asking || pendingEffects + pendingHandoffs > 0) {
      this.#find(
        9,
        `${zone} still has ${mailboxDepth} commands, ${pendingEffects} effects, ${pendingHandoffs} handoffs`,
      );
    }
  }

  /** 4: every line has its own text: one that was said twice is an input that was executed twice. */
  #checkInputs(): void {
    const said = new Map<string, string>();
    for (const { zone, events } of this.facts.values()) {
      for (const [key, times] of events) {
        const line = key.slice(key.indexOf(' ') + 1);
        if (!line.startsWith('said ')) continue;
        const before = said.get(line);
        if (times > 1 || before !== undefined)
          this.#find(4, `${line}: at ${before ?? zone} and at ${zone} ${key}`);
        said.set(line, `${zone} ${key}`);
      }
    }
    const texts = new Set([...said.keys()].map(lineOf));
    for (const client of this.#world.clients) this.#checkSettled(client, texts);
  }

  /** 4: what was acknowledged was executed. Who plays at two devices gives both the same sequences. */
  #checkSettled({ name, devices }: SimClient, texts: ReadonlySet<string>): void {
    if (devices.length > 1) return;
    for (const line of devices[0]?.settledLines ?? []) {
      if (!texts.has(`${name} ${line}`))
        this.#find(4, `${name} was told that "${line}" was executed; it was not`);
    }
  }

  /** 5: every player is in one zone at most, and who plays is in one. */
  #checkPlaces(): void {
    for (const { player, name, isTurnedAway } of this.#world.clients) {
      const zones = [...this.facts.values()]
        .filter(({ runtime }) => playersOf(runtime).has(player))
        .map(({ zone }) => zone);
      const out = [...this.facts.values()].filter(({ runtime }) =>
        runtime.pendingHandoffs().some((each) => each.player === player),
      );
      if (zones.length + out.length !== (isTurnedAway ? 0 : 1)) {
        this.#find(
          5,
          `${name} is in [${zones.join(', ')}] and on the way out of [${out.map(({ zone }) => zone).join(', ')}]`,
        );
      }
    }
  }

  /** 6: what is in purses is what was minted. */
  #checkCoins(): void {
    let [minted, held] = [0, 0];
    const present = new Set<string>();
    for (const { runtime } of this.facts.values()) {
      minted += runtime.state.record.minted as number;
      for (const [player, { coins }] of playersOf(runtime)) {
        present.add(player);
        held += coins;
      }
    }
    for (const [player, { kept }] of this.#world.persistence.characters) {
      if (!present.has(player)) held += (kept.purse?.coins as number) ?? 0;
    }
    if (minted !== held) this.#find(6, `${minted} coins were minted, ${held} are held`);
    this.#checkEpochs();
  }

  /** 7: no character in the database is ahead of its entity. */
  #checkEpochs(): void {
    for (const [player, saved] of this.#world.persistence.characters) {
      for (const { runtime, zone } of this.facts.values()) {
        const row = runtime.table.find(player);
        const avatar = row < 0 ? -1 : runtime.table.avatar(row);
        const epoch = avatar < 0 ? Number.POSITIVE_INFINITY : (runtime.state.entityEpochs[avatar] as number);
        if (saved.entityEpoch > epoch)
          this.#find(7, `${player} was saved with epoch ${saved.entityEpoch}, and has ${epoch} in ${zone}`);
      }
    }
  }

  #checkClient(client: SimClient): void {
    for (const device of client.devices) {
      this.#checkSightings(client, device);
      this.#checkHeard(client, device);
      if (device !== client.device && !device.isOver)
        this.#find(9, `${client.name} still is at a device that another one has replaced`);
    }
    const { game, name } = client;
    const stats = game.stats();
    if (client.isTurnedAway) return;
    if (!client.isPlaying) {
      this.#find(9, `${name} is ${stats.state} after the faults`);
      return;
    }
    if (stats.pendingInputs > 0) this.#find(9, `${name} waits for ${stats.pendingInputs} inputs`);
    if (stats.badFrames > 0) this.#find(9, `${name} could not read ${stats.badFrames} frames`);
    const facts = this.facts.get(stats.zone);
    const row = facts?.runtime.table.find(client.player) ?? -1;
    if (facts === undefined || row < 0) {
      this.#find(9, `${name} believes to be in ${stats.zone}`);
      return;
    }
    const executed = facts.runtime.table.columns.sequence[row] as number;
    if (stats.acknowledged > executed)
      this.#find(4, `${name} was told ${stats.acknowledged}, executed is ${executed}`);
    const before = facts.runtime.state.tick - BEHIND_TICKS;
    const wasThere = (id: string): boolean => this.#idsAt(facts.zone, before).has(id);
    for (const detail of checkSight(client, facts.runtime, wasThere)) this.#find(9, detail);
  }

  /** Which entities there were in a zone at an earlier tick. */
  #idsAt(zone: string, tick: number): ReadonlySet<string> {
    const { cluster, journal } = this.#world;
    const records = journal.history(zone).filter(({ bytes }) => (decodeRecord(bytes)?.tick ?? 0) <= tick);
    const ruleset = cluster.rulesetOf(zone);
    const wanted = { zone, ruleset, records, ticks: new Set<number>(), until: tick, faults: this.#faults };
    const { state } = new FinalFacts(wanted).runtime;
    const ids = new Set<string>();
    for (let row = state.next(0, -1); row >= 0; row = state.next(0, row)) ids.add(state.stableId(row));
    return ids;
  }

  /** 4: purse and acknowledgement of every frame are the journal's at that tick. */
  #checkSightings({ name, player }: SimClient, { sightings }: SimDevice): void {
    let count = 0;
    for (const { zone, epoch, tick, coins, ack } of sightings) {
      const fact = this.facts.get(zone)?.at(tick);
      const final = fact?.players.get(player);
      if (agrees(coins, ack, final)) continue;
      count += 1;
      if (count > 2) return;
      this.#find(
        4,
        `${name} saw ${coins} coins and ack ${ack} in ${zone} at ${tick} of epoch ${epoch}; the journal has ${JSON.stringify(final)}`,
      );
    }
  }

  /** 4: every event that was heard happened, and was heard once. */
  #checkHeard({ name }: SimClient, { heard }: SimDevice): void {
    const counts = new Map<string, number>();
    for (const { zone, tick, name: event, value } of heard) {
      const key = eventKey(tick, event, value);
      const times = (counts.get(`${zone} ${key}`) ?? 0) + 1;
      counts.set(`${zone} ${key}`, times);
      const happened = this.facts.get(zone)?.events.get(key) ?? 0;
      if (times > happened)
        this.#find(4, `${name} heard ${key} in ${zone} ${times} times; it happened ${happened} times`);
    }
  }
}

/** Whose it is, and what it says. */
function lineOf(event: string): string {
  const { name, text } = JSON.parse(event.slice('said '.length)) as { name: string; text: string };
  return `${name} ${text}`;
}

function agrees(coins: number | undefined, ack: number, final: PlayerFact | undefined): boolean {
  if (final === undefined) return coins === undefined && ack < 0;
  if (ack >= 0 && ack !== final.sequence) return false;
  return coins === undefined || coins === final.coins;
}
