import {
  decodeEffects,
  encodeBatch,
  encodeEffectsAnswer,
  subjects,
  type ZoneCommand,
  type ZoneEffect,
} from '@overworld/contracts';
import type { AnyRuleset, PlayerChange, StepEvent, ZoneRuntime } from '@overworld/ruleset';
import {
  decodeRecord,
  type OutEncoder,
  type Preparation,
  prepareTakeover,
  type Simulated,
  simulate,
  ZoneActor,
  type ZoneObservation,
  type ZoneOptions,
  type ZoneRecord,
  type ZoneRefusal,
  type ZoneSpec,
} from '@overworld/zone';
import { FakeBlobs } from './fake-blobs.ts';
import { FakeBus, type FakeBusOptions } from './fake-bus.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeJournal } from './fake-journal.ts';

/** What a gateway was told in one out message, when the zone is opened with `tellingEncoder`. */
export interface Told {
  readonly epoch: number;
  readonly tick: number;
  readonly previousTick: number;
  readonly full: boolean;
  /** Of the whole state at that tick: what was told is right when a replay of the journal gives the same. */
  readonly hash: string;
  readonly events: readonly unknown[];
  readonly players: readonly PlayerChange[];
}

/** An encoder that tells the state's hash instead of the state. */
export function tellingEncoder(runtime: ZoneRuntime): OutEncoder {
  let events: StepEvent[] = [];
  let players: PlayerChange[] = [];
  let last: Told | undefined;
  const bytesOf = (told: Told): Uint8Array => new TextEncoder().encode(JSON.stringify(told));
  return {
    collect(output) {
      events = [...events, ...output.events];
      players = [...players, ...output.players];
    },
    encode(header, output) {
      if (output) this.collect(output);
      const said = events.map((event) => runtime.ruleset.events[event.kind]?.codec.decode(event.bytes));
      const full = last === undefined;
      last = { ...header, full, hash: runtime.hash(), events: said, players };
      [events, players] = [[], []];
      return bytesOf(last);
    },
    stamp() {},
    sync(header) {
      return bytesOf({ ...(last as Told), ...header, full: true, events: [], players: [] });
    },
  };
}

/** A player's id from a small number. */
export function playerId(number: number): string {
  return number.toString(16).padStart(16, '0');
}

type OpenOptions = Partial<ZoneOptions> & {
  readonly journal?: FakeJournal;
  readonly bus?: FakeBus;
  readonly zoneNumber?: number;
  /** Another than the rig's. */
  readonly ruleset?: AnyRuleset;
  readonly prepared?: Preparation;
};

/** Zones on fakes: one clock, one wire, one journal, one blob store, and a scheduler that advances every open actor. */
export class ZoneRig {
  readonly clock = new FakeClock();
  readonly bus: FakeBus;
  readonly journal: FakeJournal;
  readonly blobs: FakeBlobs;
  readonly actors = new Set<ZoneActor>();
  readonly observations: ZoneObservation[] = [];
  readonly told = new Map<string, Told[]>();
  /** What persistence has applied, by zone: each effect once, whatever was asked how often. */
  readonly applied = new Map<string, ZoneEffect[]>();
  readonly ruleset: AnyRuleset;
  effectRequests = 0;
  /** While false, persistence does not answer. */
  persistence = true;
  #owners = 0;
  readonly #connections = new Map<ZoneActor, { readonly journal: FakeJournal; readonly bus: FakeBus }>();

  constructor(ruleset: AnyRuleset, options: { bus?: FakeBusOptions; journalLatencyMs?: number } = {}) {
    this.ruleset = ruleset;
    this.bus = new FakeBus({ ...options.bus, clock: this.clock });
    this.journal = new FakeJournal({ clock: this.clock, latencyMs: options.journalLatencyMs ?? 1 });
    this.blobs = new FakeBlobs({ clock: this.clock });
    this.#persist();
  }

  spec(id = 'meadow-1', zoneNumber = 1): ZoneSpec {
    const params = { creatures: 6 };
    return { id, zoneNumber, world: 'meadow', ruleset: this.ruleset.name, seed: `seed-${id}`, params };
  }

  /** Opens a zone and lets it be advanced by `run`. */
  async open(id = 'meadow-1', options: OpenOptions = {}): Promise<ZoneActor> {
    const actor = await this.tryOpen(id, options);
    if (!(actor instanceof ZoneActor)) throw new Error(`${actor.refused}: ${actor.detail}`);
    return actor;
  }

  async tryOpen(id = 'meadow-1', options: OpenOptions = {}): Promise<ZoneActor | ZoneRefusal> {
    const owner = `shard-${++this.#owners}`;
    const { journal = this.journal.port(), bus = this.bus.port(owner), ...others } = options;
    const { zoneNumber = 1, ruleset = this.ruleset, prepared, ...rest } = others;
    const observe = (observation: ZoneObservation): void => void this.observations.push(observation);
    const ports = { journal, bus, blobs: this.blobs, clock: this.clock, observe };
    const zoneOptions = { owner, encoder: tellingEncoder, ...rest };
    const opening = ZoneActor.open(this.spec(id, zoneNumber), ruleset, zoneOptions, ports, prepared);
    const actor = await this.#await(opening);
    if (actor instanceof ZoneActor) {
      this.actors.add(actor);
      this.#connections.set(actor, { journal, bus });
    }
    return actor;
  }

  /** Has everything ready for a takeover, in a process of its own. */
  prepare(
    id = 'meadow-1',
    { keptMs = 5_000, ...options }: Omit<OpenOptions, 'prepared'> & { readonly keptMs?: number } = {},
  ): Promise<Preparation | ZoneRefusal> {
    const { journal = this.journal.port(), bus = this.bus, zoneNumber = 1, ruleset, ...rest } = options;
    const ports = { journal, bus, blobs: this.blobs, clock: this.clock };
    const zoneOptions = { owner: 'preparing', encoder: tellingEncoder, ...rest };
    const spec = this.spec(id, zoneNumber);
    return this.#await(prepareTakeover(spec, ruleset ?? this.ruleset, zoneOptions, ports, keptMs));
  }

  /** Collects what a zone tells its gateways, from now on. */
  listen(id = 'meadow-1', bus: FakeBus = this.bus.port('listener')): Told[] {
    const told: Told[] = [];
    this.told.set(id, told);
    bus.subscribe(subjects.zoneOut(id), (message) => {
      told.push(JSON.parse(new TextDecoder().decode(message.payload)));
    });
    return told;
  }

  send(id: string, commands: readonly ZoneCommand[], gateway = 'gateway-1', bus: FakeBus = this.bus): void {
    bus.publish(subjects.zoneIn(id), encodeBatch(gateway, commands));
  }

  join(id: string, player: number, gateway = 'gateway-1'): void {
    const character = new Uint8Array(0);
    this.send(id, [{ kind: 'join', player: playerId(player), name: `player ${player}`, character }], gateway);
  }

  input(id: string, player: number, sequence: number, name: string, value: unknown = {}, tick = 0): void {
    this.send(id, [this.inputCommand(player, sequence, name, value, tick)]);
  }

  inputCommand(player: number, sequence: number, name: string, value: unknown = {}, tick = 0): ZoneCommand {
    const input = this.ruleset.inputs.findIndex((each) => each.name === name);
    const bytes = this.ruleset.inputs[input]?.codec.encode(value);
    if (bytes === undefined) throw new Error(`input ${name} does not take ${JSON.stringify(value)}`);
    const of = { player: playerId(player), sequence, after: sequence - 1, tick } as const;
    return { kind: 'input', ...of, input, source: 'player', value: bytes };
  }

  /** Lets time pass: every open actor is advanced when it is due. */
  async run(durationMs: number): Promise<void> {
    const endMs = this.clock.now() + durationMs;
    while (this.clock.now() < endMs) await this.#turn(endMs);
  }

  /** Lets time pass until the condition holds; throws when it does not within the bound. */
  async until(condition: () => boolean, withinMs = 10_000): Promise<void> {
    const endMs = this.clock.now() + withinMs;
    while (!condition()) {
      if (this.clock.now() >= endMs) throw new Error(`not within ${withinMs} ms: ${condition}`);
      await this.#turn(endMs);
    }
  }

  /** Keeps a gateway's players connected: says so every second. Returns the function that stops it. */
  keepAlive(id = 'meadow-1', gateway = 'gateway-1', bus: FakeBus = this.bus): () => void {
    let stopped = false;
    const say = (): void => {
      if (stopped) return;
      this.send(id, [{ kind: 'presence' }], gateway, bus);
      this.clock.after(1_000, say);
    };
    say();
    return () => {
      stopped = true;
    };
  }

  /** The process that runs it is gone: no more ticks, nothing in, nothing out. What it sent to the journal may land. */
  kill(actor: ZoneActor): void {
    this.actors.delete(actor);
    const { journal, bus } = this.connections(actor);
    bus.disconnect();
    journal.silent = true;
  }

  /** The actor's own connections, to cut them off. */
  connections(actor: ZoneActor): { readonly journal: FakeJournal; readonly bus: FakeBus } {
    return this.#connections.get(actor) as { readonly journal: FakeJournal; readonly bus: FakeBus };
  }

  async close(actor: ZoneActor): Promise<void> {
    await this.#await(actor.close());
    this.actors.delete(actor);
  }

  finish<T>(promise: Promise<T>): Promise<T> {
    return this.#await(promise);
  }

  records(id = 'meadow-1'): readonly ZoneRecord[] {
    return this.journal.records(id).map((record) => decodeRecord(record.bytes) as ZoneRecord);
  }

  observed<K extends ZoneObservation['kind']>(kind: K): Extract<ZoneObservation, { kind: K }>[] {
    return this.observations.filter((each) => each.kind === kind) as Extract<ZoneObservation, { kind: K }>[];
  }

  /** The zone as its whole journal has it, trimmed records included. */
  replay(id = 'meadow-1', until?: number, onTick?: (tick: number, runtime: ZoneRuntime) => void): Simulated {
    const records = this.journal.history(id);
    const result = simulate({ ruleset: this.ruleset, zone: id, records, until, onTick });
    if ('refused' in result) throw new Error(`${result.refused}: ${result.detail}`);
    return result;
  }

  async #turn(endMs: number): Promise<void> {
    let nextMs = Math.min(endMs, this.clock.nextTimerMs());
    for (const actor of this.actors) if (runs(actor)) nextMs = Math.min(nextMs, actor.nextDueMs);
    await this.clock.advance(Math.max(0, nextMs - this.clock.now()));
    const nowMs = this.clock.now();
    for (const actor of this.actors) if (runs(actor) && actor.nextDueMs <= nowMs) actor.advance(nowMs);
  }

  /** Waits for a promise that needs time to pass. */
  async #await<T>(promise: Promise<T>): Promise<T> {
    let isDone = false;
    const settled = promise.finally(() => {
      isDone = true;
    });
    settled.catch(() => {});
    await this.clock.advance(0);
    for (let turns = 0; !isDone && turns < 100_000; turns += 1) {
      const timerMs = this.clock.nextTimerMs();
      await this.#turn(Math.min(timerMs, this.clock.now() + 50));
    }
    return settled;
  }

  #persist(): void {
    this.bus.port('persistence').subscribe(subjects.effects, (message) => {
      this.effectRequests += 1;
      const batch = decodeEffects(message.payload);
      if (batch === undefined || !this.persistence) return;
      const applied = this.applied.get(batch.zone) ?? [];
      this.applied.set(batch.zone, applied);
      for (const effect of batch.effects) {
        if (!applied.some((each) => each.sequence === effect.sequence)) applied.push(effect);
      }
      message.reply?.(encodeEffectsAnswer({ upTo: batch.effects.at(-1)?.sequence ?? 0, detail: '' }));
    });
  }
}

function runs(actor: ZoneActor): boolean {
  return actor.state === 'running' || actor.state === 'holding';
}
