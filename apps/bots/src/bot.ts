import type { GameZone, Status, Target, ZoneEntity, ZoneInfo } from '@overworld/client';
import { Overworld } from '@overworld/client/node';
import { RandomStream } from '@overworld/kernel';

const FULL = 100;
const LINES = ['hello', 'nice day', 'seen any coins?', 'this way', 'who is at the gate?', 'back in a minute'];
const TALK_EVERY_S = 20;
const TALKERS = 0.1;
const STUCK_S = 1;
const STUCK_M = 1;
const DETOUR_S = 1.5;
/** After the gate a bot looks around before it goes back. */
const STROLL_S = 12;
const GATE_TRIES = 10;
const NEAR_GATE_M = 110;
const SIGHT_TIMEOUT_MS = 1_000;
const SIGHT_LOOK_MS = 20;
const KEPT_MOMENTS = 100_000;

export interface BotOptions {
  readonly url: string;
  readonly name: string;
  readonly target: Target;
  /** Inputs a second. */
  readonly rate: number;
  /** Reads state frames whole and looks for coins; else ticks and acknowledgements only, and it walks about. */
  readonly decode: boolean;
  /** Walks through the gate again and again; needs `decode`. */
  readonly passesGate: boolean;
}

/** Something that a bot was told; what it was told may not be taken back. */
export type Moment =
  | { readonly kind: 'picked'; readonly coin: string; readonly coins: number }
  /** What the own purse showed, when that changed. */
  | { readonly kind: 'purse'; readonly coins: number }
  | {
      readonly kind: 'zone';
      readonly zone: string;
      readonly epoch: number;
      readonly tick: number;
      readonly you: string | null;
    }
  | { readonly kind: 'status'; readonly state: Status['state']; readonly reason: string }
  | { readonly kind: 'acknowledged'; readonly sequence: number };

interface Place {
  readonly x: number;
  readonly y: number;
}

/** What a bot is told, as it is told it, with the milliseconds of the process's monotonic clock. */
export type Told = Moment & { readonly atMs: number };

/** Called for every input that was acknowledged. */
export type LatencyListener = (latencyMs: number) => void;

/** One player without a person, through the same SDK and the same door as all others. */
export class Bot {
  readonly game: Overworld;
  readonly name: string;
  /** Oldest first; bounded, the oldest give way. */
  readonly journal: Told[] = [];
  inputs = 0;
  refused = 0;
  /** Coins picked up. */
  coins = 0;
  /** Arrivals in another zone. */
  crossings = 0;
  /** Closed for good, with the reason; undefined while it plays. */
  failure: string | undefined;
  readonly #options: BotOptions;
  readonly #random = new RandomStream(new Uint32Array(4), 0);
  readonly #onLatency: LatencyListener;
  #zone: GameZone | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;
  #heading = 0;
  #purse = -1;
  #strollUntilTurn = 0;
  #zoneId = '';
  #stuckAt: Place = { x: 0, y: 0 };

  constructor(options: BotOptions, onLatency: LatencyListener = () => undefined) {
    this.#options = options;
    this.name = options.name;
    this.#onLatency = onLatency;
    this.#random.seed(options.name);
    this.#heading = this.#random.float() * 2 * Math.PI;
    this.game = new Overworld({ url: options.url, decode: options.decode });
    this.game.on('status', (status) => this.#statusChanged(status));
  }

  get zone(): GameZone | undefined {
    return this.#zone;
  }

  /** Logs in and joins. Throws `OverworldError`. */
  async join(): Promise<void> {
    await this.game.login(this.name);
    await this.#enter();
    if (!this.#options.passesGate) return;
    for (let attempt = 1; attempt < GATE_TRIES && !(await this.#isNearGate()); attempt++) {
      await this.game.leave();
      await this.#enter();
    }
  }

  async #enter(): Promise<void> {
    const zone = await this.game.join(this.#options.target);
    this.#zone = zone;
    this.#zoneChanged({ zone: zone.id, epoch: zone.epoch, tick: Math.floor(zone.serverTick), you: null });
    zone.onZone((info) => this.#zoneChanged(info));
    zone.onRefused(() => {
      this.refused += 1;
    });
    zone.onAcknowledged(({ sequence, latencyMs }) => {
      this.#onLatency(latencyMs);
      this.#remember({ kind: 'acknowledged', sequence });
    });
    if (zone.schema.events.some(({ name }) => name === 'picked'))
      zone.on('picked', ({ value }) => this.#picked(value));
  }

  /** Players come out anywhere: who wants to pass the gate within a short run has to begin near it. */
  async #isNearGate(): Promise<boolean> {
    const gate = this.#zone && gateOf(this.#zone);
    if (gate === undefined) return true;
    for (let waitedMs = 0; waitedMs < SIGHT_TIMEOUT_MS; waitedMs += SIGHT_LOOK_MS) {
      const self = this.#zone?.self && placeOf(this.#zone.self);
      if (self !== undefined) return Math.hypot(self.x - gate.x, self.y - gate.y) < NEAR_GATE_M;
      await new Promise((resolve) => setTimeout(resolve, SIGHT_LOOK_MS));
    }
    return false;
  }

  /** Begins to play; `phase` (0 to 1) spreads many bots over the time between two inputs. */
  play(phase: number): void {
    const everyMs = 1000 / this.#options.rate;
    this.#timer = setTimeout(() => {
      this.#act();
      this.#timer = setInterval(() => this.#act(), everyMs);
    }, everyMs * phase);
  }

  /** Gives no more inputs; stays in the zone. */
  rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Leaves for good. */
  async leave(): Promise<void> {
    this.rest();
    await this.game.leave();
  }

  /** Drops the connection; the seat is kept for a while. */
  close(): void {
    this.rest();
    this.game.close();
  }

  #act(): void {
    this.#turn += 1;
    const zone = this.#zone;
    if (zone === undefined || this.failure !== undefined) return;
    this.#lookAtPurse(zone);
    if (this.#turn % Math.ceil(TALK_EVERY_S * this.#options.rate) === 1) this.#talk(zone);
    if (this.#has(zone, 'move')) this.#give(zone, 'move', this.#direction(zone));
  }

  #has(zone: GameZone, input: string): boolean {
    return zone.schema.inputs.some(({ name }) => name === input);
  }

  #direction(zone: GameZone): { dx: number; dy: number } {
    const self = zone.self && placeOf(zone.self);
    const goal =
      this.#turn < this.#strollUntilTurn || self === undefined ? undefined : this.#goal(zone, self);
    if (goal === undefined || self === undefined) this.#heading += (this.#random.float() - 0.5) * 0.6;
    else this.#headFor(goal, self);
    const dx = Math.round(Math.cos(this.#heading) * FULL);
    return { dx, dy: Math.round(Math.sin(this.#heading) * FULL) };
  }

  /** The gate, or the nearest coin in sight. */
  #goal(zone: GameZone, self: Place): Place | undefined {
    return (this.#options.passesGate ? gateOf(zone) : undefined) ?? nearestCoin(zone, self);
  }

  /** Straight there; when that leads nowhere, somewhere else for a moment. */
  #headFor(goal: Place, self: Place): void {
    if (this.#turn % Math.ceil(STUCK_S * this.#options.rate) === 0) {
      const isStuck = Math.hypot(self.x - this.#stuckAt.x, self.y - this.#stuckAt.y) < STUCK_M;
      this.#stuckAt = self;
      if (isStuck) {
        this.#heading += 1 + this.#random.float() * 2;
        this.#strollUntilTurn = this.#turn + Math.ceil(DETOUR_S * this.#options.rate);
        return;
      }
    }
    this.#heading = Math.atan2(goal.y - self.y, goal.x - self.x);
  }

  #talk(zone: GameZone): void {
    if (this.#random.float() > TALKERS || !this.#has(zone, 'say')) return;
    this.#give(zone, 'say', { text: LINES[this.#random.int(LINES.length)] });
  }

  #give(zone: GameZone, name: string, value: unknown): void {
    zone.input(name, value);
    this.inputs += 1;
  }

  #lookAtPurse(zone: GameZone): void {
    const coins = zone.self?.get('purse')?.coins;
    if (typeof coins !== 'number' || coins === this.#purse) return;
    this.#purse = coins;
    this.#remember({ kind: 'purse', coins });
  }

  #zoneChanged({ zone, epoch, tick, you }: Pick<ZoneInfo, 'zone' | 'epoch' | 'tick' | 'you'>): void {
    if (this.#zoneId !== '' && zone !== this.#zoneId) {
      this.crossings += 1;
      this.#strollUntilTurn = this.#turn + STROLL_S * this.#options.rate;
    }
    this.#zoneId = zone;
    this.#remember({ kind: 'zone', zone, epoch, tick, you });
  }

  #picked(value: unknown): void {
    const { coin, coins } = value as { coin?: unknown; coins?: unknown };
    if (typeof coin !== 'string' || typeof coins !== 'number') return;
    this.coins += 1;
    this.#remember({ kind: 'picked', coin, coins });
  }

  #statusChanged({ state, reason }: Status): void {
    if (state === 'closed' && reason !== '' && reason !== 'closed') this.failure = reason;
    this.#remember({ kind: 'status', state, reason });
  }

  #remember(moment: Moment): void {
    if (this.journal.length >= KEPT_MOMENTS) this.journal.shift();
    this.journal.push({ ...moment, atMs: performance.now() });
  }
}

/** Where the zone's parameters say that a gate is. */
function gateOf(zone: GameZone): Place | undefined {
  const { gate } = (zone.params ?? {}) as { gate?: { x?: unknown; y?: unknown } };
  if (typeof gate?.x !== 'number' || typeof gate.y !== 'number') return undefined;
  return { x: gate.x, y: gate.y };
}

const COIN = 2;

function placeOf(entity: ZoneEntity): Place | undefined {
  const body = entity.sample().body;
  if (typeof body?.x !== 'number' || typeof body.y !== 'number') return undefined;
  return { x: body.x, y: body.y };
}

function nearestCoin(zone: GameZone, self: Place): Place | undefined {
  let nearest: Place | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const entity of zone.entities) {
    if (entity.get('look')?.kind !== COIN) continue;
    const body = entity.get('body');
    const [x, y] = [Number(body?.x), Number(body?.y)];
    const distance = Math.hypot(x - self.x, y - self.y);
    if (distance < least) [nearest, least] = [{ x, y }, distance];
  }
  return nearest;
}
