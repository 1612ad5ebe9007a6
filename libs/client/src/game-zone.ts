import { encodeInputFrame, type InputRecord, LIMITS, ValueCodec, type WireInput } from '@overworld/protocol';
import type { AnyRuleset } from '@overworld/ruleset';
import { Entities, type ZoneEntity } from './entities.ts';
import { HeardEvents } from './heard-events.ts';
import { Listeners, type Unlisten } from './listeners.ts';
import { OwnEntity } from './own-entity.ts';
import { type PendingInput, PendingInputs } from './pending-inputs.ts';
import type { Clock } from './ports.ts';
import { OverworldError, refusalOf, textField } from './refusal.ts';
import { ServerClock } from './server-clock.ts';
import type { EventName, EventValue, InputName, InputValue, ZoneEvent } from './typing.ts';
import type { ZoneInfo } from './zone-info.ts';

const AI_TIMEOUT_MS = 20_000;

/** How far behind the newest state others are shown, milliseconds, unless the game says otherwise. */
export const INTERPOLATION_MS = 100;

/** The server did not accept an input and will not execute it. */
export interface RefusedInput {
  readonly sequence: number;
  readonly input: string;
  readonly reason: string;
  readonly detail: string;
}

/** An input was executed; `latencyMs` from giving it to hearing so. */
export interface AcknowledgedInput {
  readonly sequence: number;
  readonly latencyMs: number;
}

/** What an `ai` request led to. */
export interface AiReply {
  readonly said: string;
  readonly inputs: number;
}

/** The way to the server, as a zone needs it. */
export interface ZoneLink {
  readonly isUp: boolean;
  /** Sends an input frame. */
  sendBytes(bytes: Uint8Array): void;
  request(name: string, value: unknown, timeoutMs: number): Promise<unknown>;
}

export interface ZoneOptions {
  readonly rulesets: readonly AnyRuleset[];
  readonly interpolationMs: number;
  /** False: frames are read for ticks and acknowledgements alone. */
  readonly decode: boolean;
  readonly clock: Clock;
  readonly link: ZoneLink;
  readonly failed: (error: unknown) => void;
}

type CoreEvents = {
  readonly zone: ZoneInfo;
  readonly refused: RefusedInput;
  readonly acknowledged: AcknowledgedInput;
};

/** An input of the zone, and what is wrong with a value for it (undefined: nothing). */
interface InputCheck {
  readonly wire: WireInput;
  readonly codec: ValueCodec;
  readonly faultOf: (value: unknown) => string | undefined;
}

/** By the ruleset's own schema where that is known; the wire's knows types, but no ranges. */
function inputCheck(wire: WireInput, ruleset: AnyRuleset | undefined): InputCheck {
  const compiled = ruleset?.inputs.find(({ name }) => name === wire.name);
  const codec = new ValueCodec(wire.value);
  const faultOf = (value: unknown): string | undefined => {
    const parsed = compiled?.parse(value);
    if (parsed !== undefined && !parsed.ok) return parsed.detail;
    const bytes = codec.encode(value);
    if (bytes === undefined) return 'the value does not fit its schema';
    return bytes.length > LIMITS.maxInputBytes ? 'the value is too large' : undefined;
  };
  return { wire, codec, faultOf };
}

/**
 * The zone that the player is in, as the game sees it: one object from join to leave. After a lost connection, a restart
 * of the server, a new epoch or a handoff it goes on with what is there then; inputs that were not acknowledged are sent
 * again and executed once.
 */
export class GameZone<R extends AnyRuleset = AnyRuleset> {
  readonly #options: ZoneOptions;
  readonly #events: Listeners<{ readonly [name: string]: unknown }>;
  readonly #core: Listeners<CoreEvents>;
  readonly #pending = new PendingInputs();
  readonly #heard = new HeardEvents();
  readonly #clock: ServerClock;
  readonly #entities: Entities;
  readonly #inputs = new Map<string, InputCheck>();
  #info: ZoneInfo;
  #own: OwnEntity;
  #refused = 0;
  #frames = 0;

  constructor(info: ZoneInfo, options: ZoneOptions) {
    this.#options = options;
    this.#events = new Listeners(options.failed);
    this.#core = new Listeners(options.failed);
    this.#clock = new ServerClock(info.tickHz);
    this.#info = info;
    this.#own = this.#ownEntity(info);
    this.#entities = this.#entitiesOf(info);
    this.#learn(info);
    this.#take(info);
  }

  get id(): string {
    return this.#info.zone;
  }
  get world(): string {
    return this.#info.world;
  }
  get ruleset(): string {
    return this.#info.ruleset;
  }
  get epoch(): number {
    return this.#info.epoch;
  }
  get tickHz(): number {
    return this.#info.tickHz;
  }
  /** The public parameters of the zone: what a map follows from. */
  get params(): unknown {
    return this.#info.params;
  }
  get schema(): ZoneInfo['schema'] {
    return this.#info.schema;
  }
  /** The player's id. */
  get player(): string {
    return this.#info.player;
  }
  /** Everything in sight, the own entity included. Coming and going is told by `onEnter` and `onLeave`. */
  get entities(): Iterable<ZoneEntity> {
    return this.#entities;
  }
  /** False between `onZone` and the first frame of that zone: the entities are still those of the zone before. */
  get isCurrent(): boolean {
    return this.#entities.isCurrent;
  }
  get entityCount(): number {
    return this.#entities.size;
  }
  /** The own entity: where it is run ahead of the server, `sample` gives what is predicted. */
  get self(): ZoneEntity | undefined {
    return this.#entities.own;
  }
  /** The estimated tick of the server now, with fraction. */
  get serverTick(): number {
    return this.#clock.serverTick(this.#options.clock.now());
  }
  /** The tick that others are shown at now, with fraction: take it once for each picture and hand it to `sample`. */
  get renderTick(): number {
    const behind = (this.#options.interpolationMs * this.#info.tickHz) / 1000;
    return Math.max(0, this.#clock.arrivedTick(this.#options.clock.now()) - behind);
  }

  find(id: string): ZoneEntity | undefined {
    return this.#entities.find(id);
  }

  /**
   * Asks the zone for something and returns the sequence of the input. It is sent at once, or when the connection is back.
   * Throws `OverworldError` when the zone has no such input or the value does not fit its schema.
   */
  input<Name extends InputName<R>>(name: Name, value: InputValue<R, Name>): number {
    const { wire, faultOf } = this.#inputNamed(name);
    const fault = faultOf(value);
    if (fault !== undefined) throw new OverworldError('bad-input', `${name}: ${fault}`);
    const nowMs = this.#options.clock.now();
    const { isUp } = this.#options.link;
    const tick = isUp ? this.#own.tickFor(name, nowMs) : 0;
    const latest = wire.policy === 'latest';
    const input = this.#pending.add(name, value, tick, nowMs, latest && !isUp);
    this.#own.input(input, latest);
    if (isUp) this.#send([input]);
    return input.sequence;
  }

  /** Listens to an event of the ruleset. Events are told once: what happens while the connection is away is lost. */
  on<Name extends EventName<R>>(
    name: Name,
    listener: (event: ZoneEvent<EventValue<R, Name>>) => void,
  ): Unlisten {
    return this.#events.on(name, listener as (value: unknown) => void);
  }

  /** The zone is another one, or has a new epoch. */
  onZone(listener: (info: ZoneInfo) => void): Unlisten {
    return this.#core.on('zone', listener);
  }
  onRefused(listener: (refused: RefusedInput) => void): Unlisten {
    return this.#core.on('refused', listener);
  }
  onAcknowledged(listener: (acknowledged: AcknowledgedInput) => void): Unlisten {
    return this.#core.on('acknowledged', listener);
  }
  onEnter(listener: (entity: ZoneEntity) => void): Unlisten {
    return this.#entities.onEnter(listener);
  }
  onLeave(listener: (entity: ZoneEntity) => void): Unlisten {
    return this.#entities.onLeave(listener);
  }

  /** Asks in plain words. Throws `OverworldError`, with `not-understood` among the reasons. */
  async ai(text: string): Promise<AiReply> {
    const answer = await this.#options.link.request('ai', { text }, AI_TIMEOUT_MS);
    const { ok, inputs } = answer as { ok?: unknown; inputs?: unknown };
    if (ok !== true) throw refusalOf(answer, 'that was not understood');
    return { said: textField(answer, 'said') ?? '', inputs: typeof inputs === 'number' ? inputs : 0 };
  }

  /** Internal: a join, a resume, a handoff or a new epoch. */
  follow(info: ZoneInfo): void {
    const sameSchema = info.schema.hash === this.#info.schema.hash;
    const sameZone = sameSchema && info.zone === this.#info.zone;
    this.#info = info;
    this.#heard.restart();
    if (!sameSchema) this.#learn(info);
    if (sameZone) this.#own.restart(info.tickHz);
    else this.#own = this.#ownEntity(info);
    this.#entities.restart(info);
    this.#take(info);
    this.#resend();
    this.#core.tell('zone', info);
  }

  /** Internal: the same zone may have missed inputs. */
  again(info: ZoneInfo): void {
    this.#acknowledge(info.sequence, this.#options.clock.now());
    this.#resend();
  }

  /** Internal: one state frame. */
  frame(bytes: Uint8Array, nowMs: number): void {
    this.#frames += 1;
    if (!this.#entities.apply(bytes)) return;
    const { tick, ack } = this.#entities;
    this.#clock.frame(tick, nowMs);
    this.#acknowledge(ack, nowMs);
    if (this.#entities.own === undefined) return;
    this.#own.reconcile(tick, this.#pending.acknowledged, this.#entities.ownAt(tick), nowMs);
  }

  /** Internal: an event of the gateway that is about this zone. */
  event(name: string, value: unknown): void {
    if (name === 'refused') {
      this.#refuse(value);
      return;
    }
    const inner = textField(value, 'name');
    if (name === 'event' && inner !== undefined && this.#heard.take(value)) this.#events.tell(inner, value);
  }

  /** Internal: the answer to a ping. */
  pong(sentMs: number, nowMs: number, answer: unknown): void {
    const { zoneTimeMs } = (answer ?? {}) as { zoneTimeMs?: unknown };
    const tick = typeof zoneTimeMs === 'number' ? (zoneTimeMs * this.tickHz) / 1000 : undefined;
    this.#clock.pong(sentMs, nowMs, tick);
  }

  /** Internal: what the statistics show of this zone. */
  get counters() {
    const nowMs = this.#options.clock.now();
    return {
      zone: this.id,
      epoch: this.epoch,
      serverTick: Math.floor(this.#clock.serverTick(nowMs)),
      roundTripMs: this.#clock.roundTripMs,
      jitterMs: this.#clock.jitterMs,
      sequence: this.#pending.lastSequence,
      acknowledged: this.#pending.acknowledged,
      pendingInputs: this.#pending.count,
      droppedInputs: this.#pending.dropped,
      refusedInputs: this.#refused,
      frames: this.#frames,
      badFrames: this.#entities.badFrames,
      entities: this.#entities.size,
      predicting: this.#own.isPredicted,
      leadTicks: this.#own.leadTicks(nowMs),
      corrections: this.#own.corrections.count,
      lastCorrection: this.#own.corrections.last,
      largestCorrection: this.#own.corrections.largest,
    };
  }

  #ownEntity(info: ZoneInfo): OwnEntity {
    return new OwnEntity(this.#options.decode ? this.#rulesetOf(info) : undefined, info, this.#clock);
  }

  /** Only the very same schema: predicting with other rules would be wrong all the time. */
  #rulesetOf(info: ZoneInfo): AnyRuleset | undefined {
    const { ruleset, schema } = info;
    return this.#options.rulesets.find(({ name, wire }) => name === ruleset && wire.hash === schema.hash);
  }

  #entitiesOf(info: ZoneInfo): Entities {
    return new Entities(info, {
      decode: this.#options.decode,
      failed: this.#options.failed,
      renderTick: () => this.renderTick,
      predict: (sample) => {
        this.#own.advance(this.#options.clock.now());
        this.#own.show(sample);
      },
    });
  }

  #take(info: ZoneInfo): void {
    const nowMs = this.#options.clock.now();
    this.#clock.restart(info.tickHz, info.tick, nowMs);
    this.#acknowledge(info.sequence, nowMs);
  }

  /** The inputs of a schema. */
  #learn(info: ZoneInfo): void {
    this.#inputs.clear();
    const ruleset = this.#rulesetOf(info);
    for (const wire of info.schema.inputs) this.#inputs.set(wire.name, inputCheck(wire, ruleset));
  }

  #inputNamed(name: string): InputCheck {
    const known = this.#inputs.get(name);
    if (known !== undefined) return known;
    throw new OverworldError('unknown-input', `the ruleset ${this.ruleset} has no input ${name}`);
  }

  #send(inputs: readonly PendingInput[]): void {
    for (let from = 0; from < inputs.length; from += LIMITS.maxInputsPerFrame) {
      const some = inputs.slice(from, from + LIMITS.maxInputsPerFrame);
      const through = (some.at(-1) as PendingInput).sequence;
      for (const input of some) input.sentThrough = through;
      const records = some.flatMap((input) => this.#recordOf(input) ?? this.#refuseUnknown(input));
      if (records.length > 0) this.#options.link.sendBytes(encodeInputFrame(this.#info.index, records));
    }
  }

  /** Undefined for an input that is of another ruleset: a handoff can lead to one that does not have it, or has another. */
  #recordOf({ sequence, tick, name, value }: PendingInput): InputRecord | undefined {
    const known = this.#inputs.get(name);
    const bytes = known?.codec.encode(value);
    if (known === undefined || bytes === undefined) return undefined;
    return { sequence, tick, kind: known.wire.kind, value: bytes };
  }

  /** Forgets what this zone will never execute. */
  #refuseUnknown({ sequence, name }: PendingInput): readonly [] {
    this.#refuse({ sequence, input: name, reason: 'unknown-input', detail: 'the zone has no such input' });
    return [];
  }

  #resend(): void {
    this.#pending.forgetTicks();
    this.#send(this.#pending.all());
  }

  #acknowledge(ack: number, nowMs: number): void {
    if (ack < 0) return;
    this.#pending.acknowledge(ack, ({ sequence, givenAtMs }) => {
      this.#core.tell('acknowledged', { sequence, latencyMs: nowMs - givenAtMs });
    });
  }

  #refuse(value: unknown): void {
    const { sequence } = value as { sequence?: unknown };
    const { reason, detail } = refusalOf(value, 'the input was refused');
    const input = textField(value, 'input') ?? '';
    const first = typeof sequence === 'number' ? sequence : 0;
    const refused = this.#pending.refuse(first, reason === 'rate-limited');
    const all = refused.length > 0 ? refused : [{ sequence: first, name: input }];
    for (const { sequence: refusedSequence, name } of all) {
      this.#refused += 1;
      this.#own.refuse(refusedSequence);
      this.#core.tell('refused', { sequence: refusedSequence, input: name, reason, detail });
    }
  }
}
