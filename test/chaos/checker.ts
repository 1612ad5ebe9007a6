import type { JournalRecord } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import { eventKey, FinalFacts, playersOf } from '@overworld/testkit';
import { decodeRecord, simulate, type ZoneFaults } from '@overworld/zone';
import type { BotLine } from './chaos-bot.ts';
import type { DatabaseFacts } from './database-facts.ts';
import type { Stamped, WitnessLine } from './history.ts';
import { recordName } from './record-name.ts';

/** The number is the invariant's in the design. */
export interface Finding {
  readonly invariant: number;
  readonly detail: string;
}

/** Everything that is left of a run. */
export interface Evidence {
  readonly ruleset: AnyRuleset;
  /** Every record of every zone's journal, trimmed ones included. */
  readonly journals: ReadonlyMap<string, readonly JournalRecord[]>;
  /** Snapshots that are stored at the end, by zone. */
  readonly snapshots: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly bots: ReadonlyMap<string, readonly Stamped<BotLine>[]>;
  /** One history for each process of a shard. */
  readonly witnesses: ReadonlyMap<string, readonly Stamped<WitnessLine>[]>;
  /** Absent where there is none to compare with. */
  readonly database: DatabaseFacts | undefined;
  /** The guarantees that were off: a replay has to do what the zones did. */
  readonly faults: ZoneFaults;
}

const MOST_FINDINGS_EACH = 5;

/** A record that was sent to the journal and has not been answered well. */
interface Attempt {
  readonly tick: number;
  readonly record: string;
  readonly isFence: boolean;
  isAnswered: boolean;
}

/** Holds what is left of a run against the invariants of the design. */
export class Checker {
  readonly facts = new Map<string, FinalFacts>();
  readonly #evidence: Evidence;
  readonly #findings: Finding[] = [];
  readonly #counts = new Map<string, number>();

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  run(): readonly Finding[] {
    for (const zone of this.#evidence.journals.keys()) this.#readZone(zone);
    for (const facts of this.facts.values()) {
      this.#checkJournal(facts);
      this.#checkSnapshots(facts);
      this.#checkEffects(facts);
    }
    for (const lines of this.#evidence.witnesses.values()) this.#checkWitness(lines);
    for (const [bot, lines] of this.#evidence.bots) this.#checkBot(bot, lines);
    this.#checkPlaces();
    this.#checkCoins();
    this.#checkCharacters();
    return this.#findings;
  }

  /** The first few of each kind are told, all are counted. */
  #find(invariant: number, kind: string, detail: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= MOST_FINDINGS_EACH) this.#findings.push({ invariant, detail: `${kind}: ${detail}` });
  }

  #readZone(zone: string): void {
    const { journals, bots, witnesses, ruleset, faults } = this.#evidence;
    const records = journals.get(zone) ?? [];
    if (records.length === 0) return;
    const ticks = new Set<number>();
    for (const lines of bots.values()) {
      for (const line of lines) if (line.kind === 'frame' && line.zone === zone) ticks.add(line.tick);
    }
    for (const lines of witnesses.values()) {
      for (const line of lines) if (line.kind === 'out' && line.zone === zone) ticks.add(line.tick);
    }
    const last = decodeRecord((records.at(-1) as JournalRecord).bytes);
    // A zone that was not closed may have shown a second of ticks after its last record.
    const until = (last?.tick ?? 0) + (last?.kind === 'close' ? 0 : ruleset.tickHz);
    try {
      this.facts.set(zone, new FinalFacts({ zone, ruleset, records, ticks, until, faults }));
    } catch (cause) {
      this.#find(
        3,
        'a journal cannot be replayed',
        `${zone}: ${cause instanceof Error ? cause.stack : cause}`,
      );
    }
  }

  /** 1, 2 and 3. */
  #checkJournal({ zone, records, replay }: FinalFacts): void {
    for (const { sequence, detail } of replay.violations) {
      const invariant = detail.startsWith('tick') ? 2 : 1;
      this.#find(
        invariant,
        'a record that a fence should have stopped',
        `${zone}, record ${sequence}: ${detail}`,
      );
    }
    const owners = new Map<number, string>();
    for (const record of records) {
      if (record.kind !== 'fence') continue;
      const other = owners.get(record.epoch);
      if (other !== undefined)
        this.#find(1, 'an epoch with two owners', `${zone}: ${record.epoch}, ${other}, ${record.owner}`);
      owners.set(record.epoch, record.owner);
    }
    for (const { tick, recorded, replayed, parts } of replay.mismatches) {
      const detail = `${zone} at tick ${tick}: ${recorded}, replayed ${replayed} (${parts.join(', ')})`;
      this.#find(3, 'a recorded hash is not the replayed one', detail);
    }
  }

  /** 3: every stored snapshot with the records after it. */
  #checkSnapshots({ zone, runtime }: FinalFacts): void {
    const { snapshots, journals, ruleset, faults } = this.#evidence;
    const { tick } = runtime.state;
    for (const snapshot of snapshots.get(zone) ?? []) {
      const records = journals.get(zone) ?? [];
      const result = simulate({ ruleset, zone, snapshot, records, until: tick, faults });
      if ('refused' in result)
        this.#find(3, 'a snapshot cannot be used', `${zone}: ${result.refused}, ${result.detail}`);
      else if (result.hash !== runtime.hash())
        this.#find(
          3,
          'a snapshot does not lead to the same state',
          `${zone}: ${result.hash}, not ${runtime.hash()}`,
        );
    }
  }

  /** 7: exactly once, and what the journal says. */
  #checkEffects({ zone, effects }: FinalFacts): void {
    const { database } = this.#evidence;
    if (database === undefined) return;
    const applied = new Map(
      database.applied.filter((row) => row.zone === zone).map((row) => [row.sequence, row]),
    );
    for (const { sequence, kind } of effects.values()) {
      const row = applied.get(sequence);
      if (row === undefined) this.#find(7, 'an effect is lost', `${zone}: ${kind} ${sequence}`);
      else if (row.kind !== kind)
        this.#find(7, 'another effect was applied', `${zone}: ${row.kind} as ${sequence}, not ${kind}`);
      else if (row.outcome === 'refused')
        this.#find(7, 'an effect was refused', `${zone}: ${kind} ${sequence}`);
    }
    for (const { sequence, kind } of applied.values()) {
      if (!effects.has(sequence)) this.#find(7, 'an effect that never was', `${zone}: ${kind} ${sequence}`);
    }
    for (const row of database.ledger.filter((each) => each.zone === zone)) {
      const payload = effects.get(row.sequence)?.payload;
      if (payload !== JSON.stringify(row.payload))
        this.#find(
          7,
          'the ledger has something else',
          `${zone} ${row.sequence}: ${JSON.stringify(row.payload)}, not ${payload}`,
        );
    }
  }

  /** 4 and 8: what left a shard. */
  #checkWitness(lines: readonly Stamped<WitnessLine>[]): void {
    const { journals } = this.#evidence;
    const names = new Map(
      [...journals].map(([zone, records]) => [zone, new Set(records.map(({ bytes }) => recordName(bytes)))]),
    );
    const open = new Map<string, Map<number, Attempt>>();
    for (const line of lines) {
      if (line.kind === 'note') continue;
      const attempts = open.get(line.owner) ?? new Map();
      open.set(line.owner, attempts);
      if (line.kind === 'append')
        attempts.set(line.id, {
          tick: line.tick,
          record: line.record,
          isFence: line.isFence,
          isAnswered: false,
        });
      else if (line.kind === 'answer' && line.outcome === 'appended') attempts.delete(line.id);
      else if (line.kind === 'answer') {
        const attempt = attempts.get(line.id);
        if (attempt === undefined) continue;
        // An answer that said nothing: whether the record stands in the journal decides. Who was too late with a fence owns
        // nothing yet and shows nothing: nothing rests on it.
        if (attempt.isFence || names.get(line.zone)?.has(attempt.record)) attempts.delete(line.id);
        else attempt.isAnswered = true;
      } else this.#checkLeft(line, attempts);
    }
  }

  #checkLeft(
    line: Stamped<Exclude<WitnessLine, { kind: 'append' | 'answer' | 'note' }>>,
    attempts: ReadonlyMap<number, Attempt>,
  ): void {
    const facts = this.facts.get(line.zone);
    const tick = line.kind === 'out' || line.kind === 'effect' ? line.tick : undefined;
    for (const attempt of attempts.values()) {
      if (tick !== undefined && attempt.tick > tick) continue;
      const why = attempt.isAnswered ? 'never came to be' : 'was not acknowledged';
      const detail = `${line.owner} let ${line.kind} of tick ${tick ?? '?'} out of ${line.zone}; the record of tick ${attempt.tick} ${why}`;
      this.#find(8, 'something left before its record was acknowledged', detail);
    }
    if (line.kind === 'out') {
      const final = facts?.at(line.tick)?.hash;
      if (final !== line.hash)
        this.#find(
          4,
          'a tick was shown that is not the journal’s',
          `${line.zone} ${line.tick} of epoch ${line.epoch} by ${line.owner}: ${line.hash}, not ${final}`,
        );
    } else if (line.kind === 'handoff' && !facts?.handoffs.has(line.handoff)) {
      this.#find(
        4,
        'a handoff was sent that is not in the journal',
        `${line.zone} ${line.handoff} by ${line.owner}`,
      );
    } else if (line.kind === 'receipt') {
      const result = facts?.results.get(`${line.from}/${line.handoff}`);
      if (result?.accepted !== line.accepted)
        this.#find(
          4,
          'a receipt was sent that is not in the journal',
          `${line.zone} for ${line.from}/${line.handoff} by ${line.owner}`,
        );
    } else if (line.kind === 'effect' && !facts?.effects.has(line.sequence)) {
      this.#find(
        4,
        'an effect was asked for that is not in the journal',
        `${line.zone} ${line.sequence} by ${line.owner}`,
      );
    }
  }

  /** 4: what a player was told. */
  #checkBot(bot: string, lines: readonly Stamped<BotLine>[]): void {
    let player = '';
    const heard = new Map<string, number>();
    for (const line of lines) {
      if (line.kind === 'joined') ({ player } = line);
      else if (line.kind === 'frame') this.#checkFrame(bot, player, line);
      else if (line.kind === 'picked') {
        const key = `${line.zone} ${eventKey(line.tick, 'picked', line.value)}`;
        const times = (heard.get(key) ?? 0) + 1;
        heard.set(key, times);
        const happened = this.facts.get(line.zone)?.events.get(key.slice(line.zone.length + 1)) ?? 0;
        if (times > happened)
          this.#find(
            4,
            'an event was told that did not happen',
            `${bot} heard ${key} ${times} times, it happened ${happened} times`,
          );
      }
    }
    this.#checkSaid(bot, lines);
  }

  #checkFrame(bot: string, player: string, line: Extract<BotLine, { kind: 'frame' }>): void {
    const final = this.facts.get(line.zone)?.at(line.tick)?.players.get(player);
    const isAckRight = line.ack < 0 || final?.sequence === line.ack;
    const isPurseRight = line.coins < 0 || final?.coins === line.coins;
    if (isAckRight && isPurseRight) return;
    const detail = `${bot} saw ${line.coins} coins and ack ${line.ack} in ${line.zone} at ${line.tick} of epoch ${line.epoch}, the journal has ${JSON.stringify(final)}`;
    this.#find(4, 'a frame that is not the journal’s', detail);
  }

  /** 4: a line is executed at most once, and once when its sequence was acknowledged and not refused. */
  #checkSaid(bot: string, lines: readonly Stamped<BotLine>[]): void {
    for (const seat of seatsOf(lines)) {
      const acknowledged = Math.max(0, ...seat.map((line) => (line.kind === 'frame' ? line.ack : 0)));
      const refused = new Set(seat.flatMap((line) => (line.kind === 'refused' ? [line.sequence] : [])));
      for (const line of seat) {
        if (line.kind !== 'said') continue;
        const times = this.said(line.text);
        if (times > 1) this.#find(4, 'an input was executed twice', `${bot}: ${line.text}, ${times} times`);
        if (times === 0 && line.sequence <= acknowledged && !refused.has(line.sequence))
          this.#find(
            4,
            'an acknowledged input was not executed',
            `${bot}: ${line.text}, sequence ${line.sequence} of ${acknowledged}`,
          );
      }
    }
  }

  /** How often a line was said, in all zones. */
  said(text: string): number {
    this.#lines ??= this.#countLines();
    return this.#lines.get(text) ?? 0;
  }

  #lines: Map<string, number> | undefined;

  #countLines(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { events } of this.facts.values()) {
      for (const [key, times] of events) {
        const match = /^\d+ said (.*)$/.exec(key);
        if (match === null) continue;
        const { text } = JSON.parse(match[1] as string) as { readonly text: string };
        counts.set(text, (counts.get(text) ?? 0) + times);
      }
    }
    return counts;
  }

  /** 5: every player is in exactly one zone, and none is on the way for ever. */
  #checkPlaces(): void {
    for (const [bot, lines] of this.#evidence.bots) {
      const player = lines.flatMap((line) => (line.kind === 'joined' ? [line.player] : [])).at(-1);
      if (player === undefined) continue;
      const facts = [...this.facts.values()];
      const zones = facts.filter(({ runtime }) => playersOf(runtime).has(player)).map(({ zone }) => zone);
      const out = facts.filter(({ runtime }) =>
        runtime.pendingHandoffs().some((each) => each.player === player),
      );
      if (zones.length + out.length === 1) continue;
      const ways = out.map(({ zone }) => zone).join(', ');
      this.#find(
        5,
        'a player is not in exactly one place',
        `${bot} is in [${zones.join(', ')}] and on the way out of [${ways}]`,
      );
    }
  }

  /** 6: what is held is what was minted, and nothing was minted twice. */
  #checkCoins(): void {
    let minted = 0;
    let held = 0;
    const coins = new Set<string>();
    const present = new Set<string>();
    for (const { effects, runtime, zone } of this.facts.values()) {
      for (const { kind, payload } of effects.values()) {
        if (kind !== 'minted') continue;
        minted += 1;
        const { coin } = JSON.parse(payload) as { readonly coin: string };
        if (coins.has(coin)) this.#find(6, 'a coin was minted twice', `${coin} in ${zone}`);
        coins.add(coin);
      }
      for (const [player, fact] of playersOf(runtime)) {
        present.add(player);
        held += fact.coins;
      }
    }
    for (const { player, coins: kept } of this.#evidence.database?.characters ?? [])
      if (!present.has(player)) held += kept;
    if (minted !== held) this.#find(6, 'coins are not conserved', `${minted} were minted, ${held} are held`);
    const ledger = this.#evidence.database?.ledger.filter(({ kind }) => kind === 'minted').length ?? minted;
    if (ledger !== minted)
      this.#find(7, 'the ledger has not every coin', `${minted} were minted, the ledger has ${ledger}`);
  }

  /** 7: the database has the newest save of every player, and none that is newer than its entity. */
  #checkCharacters(): void {
    const newest = new Map<string, number>();
    for (const { effects } of this.facts.values()) {
      for (const { kind, player, payload } of effects.values()) {
        if (kind !== 'character.save') continue;
        const { entityEpoch } = JSON.parse(payload) as { readonly entityEpoch: number };
        newest.set(player, Math.max(newest.get(player) ?? 0, entityEpoch));
      }
    }
    for (const { player, entityEpoch } of this.#evidence.database?.characters ?? []) {
      const epoch = newest.get(player) ?? 0;
      if (entityEpoch > epoch)
        this.#find(
          7,
          'a saved character is ahead of the journal',
          `${player}: ${entityEpoch}, the journal has ${epoch}`,
        );
      if (entityEpoch < epoch)
        this.#find(
          7,
          'an older save stands in the database',
          `${player}: ${entityEpoch}, the journal has ${epoch}`,
        );
    }
  }
}

/** From one join to the next: sequences begin anew with each. */
export function seatsOf(lines: readonly Stamped<BotLine>[]): Stamped<BotLine>[][] {
  const seats: Stamped<BotLine>[][] = [[]];
  for (const line of lines) {
    if (line.kind === 'joined') seats.push([]);
    seats.at(-1)?.push(line);
  }
  return seats;
}
