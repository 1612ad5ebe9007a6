import type { ZoneEffect } from '@overworld/contracts';
import type { JournalRecord } from '@overworld/ports';
import type {
  AnyRuleset,
  HandoffResult,
  PendingHandoff,
  RuntimeFaults,
  ZoneRuntime,
} from '@overworld/ruleset';
import { decodeRecord, Replay, type ZoneRecord } from '@overworld/zone';

export interface PlayerFact {
  readonly coins: number;
  readonly sequence: number;
}

/** What a zone's journal says up to one of its records. */
export interface Boundary {
  /** Of the record, over all zones. */
  readonly sequence: number;
  readonly minted: number;
  readonly players: ReadonlyMap<string, PlayerFact>;
  /** On the way to another zone, or refused there and not back yet. */
  readonly out: readonly PendingHandoff[];
  /** The number of the newest handoff so far. */
  readonly issued: number;
  /** Handoffs that came in since the boundary before, by `from/handoff`. */
  readonly results: readonly HandoffResult[];
  /** What characters kept that were saved since the boundary before. */
  readonly saved: readonly { readonly player: string; readonly left: boolean; readonly coins: number }[];
}

interface TickFact {
  readonly hash: string;
  readonly players: ReadonlyMap<string, PlayerFact>;
}

export interface FactsWanted {
  readonly zone: string;
  readonly ruleset: AnyRuleset;
  readonly records: readonly JournalRecord[];
  /** The ticks at which the state is to be looked at, whatever their order. */
  readonly ticks: ReadonlySet<number>;
  readonly until: number;
  /** Whether what each record leaves is to be kept as well. Default false. */
  readonly hasBoundaries?: boolean;
  readonly faults: RuntimeFaults;
}

/** What the whole journal of a zone says, trimmed records included: the truth that everything else is held against. */
export class FinalFacts {
  readonly zone: string;
  readonly records: readonly ZoneRecord[];
  readonly replay: Replay;
  readonly effects = new Map<number, ZoneEffect>();
  readonly handoffs = new Map<number, PendingHandoff>();
  /** Of handoffs that came in, by `from/handoff`. */
  readonly results = new Map<string, HandoffResult>();
  /** What was said, by `tick name value`, and how often. */
  readonly events = new Map<string, number>();
  /** One for each record, in order. */
  readonly boundaries: Boundary[] = [];
  #results: HandoffResult[] = [];
  #saved: Boundary['saved'][number][] = [];
  readonly #ticks = new Map<number, TickFact>();
  readonly #wanted: FactsWanted;

  constructor(wanted: FactsWanted) {
    this.#wanted = wanted;
    this.zone = wanted.zone;
    const { ruleset, zone, faults, until } = wanted;
    this.records = wanted.records.map(({ bytes }) => decodeRecord(bytes) as ZoneRecord);
    const quarantined = new Set<string>();
    const onTick = (tick: number, runtime: ZoneRuntime): void => this.#collect(tick, runtime);
    this.replay = new Replay({ ruleset, zone, faults, until, onTick }, quarantined);
    for (const { bytes, sequence } of wanted.records) {
      drain(this.replay.apply(bytes, sequence));
      if (this.replay.runtime === undefined) continue;
      this.#look(this.replay.tick, this.replay.runtime);
      if (wanted.hasBoundaries) this.#bound(sequence, this.replay.runtime);
    }
    drain(this.replay.stepTo(until));
  }

  get runtime(): ZoneRuntime {
    return this.replay.runtime as ZoneRuntime;
  }

  at(tick: number): TickFact | undefined {
    return this.#ticks.get(tick);
  }

  #bound(sequence: number, runtime: ZoneRuntime): void {
    this.boundaries.push({
      sequence,
      minted: runtime.state.record.minted as number,
      players: playersOf(runtime),
      out: runtime.pendingHandoffs(),
      issued: Math.max(0, ...this.handoffs.keys()),
      results: this.#results,
      saved: this.#saved,
    });
    this.#results = [];
    this.#saved = [];
  }

  #collect(tick: number, runtime: ZoneRuntime): void {
    const { output } = runtime;
    for (const effect of output.effects) {
      const { sequence, player } = effect;
      const { name, value } = runtime.describeEffect(effect);
      if (name === 'character.save') this.#saved.push({ player, ...savedOf(value) });
      this.effects.set(sequence, {
        sequence,
        tick,
        kind: name,
        player,
        payload: JSON.stringify(value ?? null),
      });
    }
    for (const handoff of output.handoffs) this.handoffs.set(handoff.handoff, handoff);
    this.#results.push(...output.handoffResults);
    for (const result of output.handoffResults) {
      const key = `${result.from}/${result.handoff}`;
      if (!this.results.has(key)) this.results.set(key, result);
    }
    for (const { kind, bytes } of output.events) {
      const event = runtime.ruleset.events[kind];
      const decoded = event?.codec.decode(bytes);
      const key = eventKey(tick, event?.name ?? '', decoded?.ok ? decoded.value : undefined);
      this.events.set(key, (this.events.get(key) ?? 0) + 1);
    }
    this.#look(tick, runtime);
  }

  #look(tick: number, runtime: ZoneRuntime): void {
    if (!this.#wanted.ticks.has(tick)) return;
    this.#ticks.set(tick, { hash: runtime.hash(), players: playersOf(runtime) });
  }
}

function drain(steps: Generator<void, void, void>): void {
  while (!steps.next().done) {
    // Nobody else waits for this thread: go on at once.
  }
}

function savedOf(value: unknown): { readonly left: boolean; readonly coins: number } {
  const { left, kept } = value as { left: boolean; kept: { purse?: { coins: number } } };
  return { left, coins: kept.purse?.coins ?? 0 };
}

export function eventKey(tick: number, name: string, value: unknown): string {
  return `${tick} ${name} ${JSON.stringify(value)}`;
}

export function playersOf(runtime: ZoneRuntime): Map<string, PlayerFact> {
  const players = new Map<string, PlayerFact>();
  const { table, columns } = runtime;
  for (let row = table.next(-1); row >= 0; row = table.next(row)) {
    const avatar = table.avatar(row);
    const coins = avatar >= 0 ? (columns.purse?.coins[avatar] as number) : 0;
    players.set(table.id(row), { coins, sequence: table.columns.sequence[row] });
  }
  return players;
}
