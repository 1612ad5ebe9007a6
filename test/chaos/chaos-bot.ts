import type { GameZone, OpenSocket, SocketHandlers, SocketPort, Status, ZoneEntity } from '@overworld/client';
import { Overworld, webPorts } from '@overworld/client/node';
import { ByteReader, RandomStream } from '@overworld/kernel';
import { FRAME_FLAG } from '@overworld/protocol';
import { forest, forestParams, KIND } from '@overworld/ruleset-forest';
import type { HistoryWriter } from './history.ts';

/** What the server told a bot, and what the bot asked for. */
export type BotLine =
  | { readonly kind: 'joined'; readonly player: string; readonly zone: string; readonly epoch: number }
  | { readonly kind: 'zone'; readonly zone: string; readonly epoch: number; readonly tick: number }
  /** A frame with news of oneself: an acknowledgement, or another purse. `coins` is -1 while out of one's own sight. */
  | {
      readonly kind: 'frame';
      readonly zone: string;
      readonly epoch: number;
      readonly tick: number;
      readonly ack: number;
      readonly coins: number;
    }
  | { readonly kind: 'picked'; readonly zone: string; readonly tick: number; readonly value: unknown }
  /** A line that was said; its text is unique. */
  | { readonly kind: 'said'; readonly sequence: number; readonly text: string }
  | { readonly kind: 'refused'; readonly sequence: number; readonly reason: string }
  | { readonly kind: 'leaving' }
  | { readonly kind: 'left' }
  | {
      readonly kind: 'status';
      readonly state: Status['state'];
      readonly reason: string;
      readonly detail: string;
    };

/** Nothing was heard of the own zone for a while. `toMs` and what follows are of the frame that ended it. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly fromZone: string;
  readonly toZone: string;
  readonly fromEpoch: number;
  readonly toEpoch: number;
}

export interface ChaosBotOptions {
  readonly url: string;
  readonly index: number;
  readonly seed: string;
  /** Inputs a second. */
  readonly rate: number;
  /** Walks to the gate again and again; else to coins. */
  readonly passesGate: boolean;
  /** Leaves for good and comes back now and then. */
  readonly leaves: boolean;
  readonly history: HistoryWriter<BotLine & { readonly bot: string }>;
}

const TALK_EVERY = 40;
const LEAVE_EVERY = 150;
const STUCK_TURNS = 10;
const STUCK_M = 1;
const DETOUR_TURNS = 15;
const FULL = 100;
const START_TRIES = 20;
/** Whoever comes first looks for a place near the gate, which one glade in twelve is; others come out where company is. */
const GATE_TRIES = 150;
const NEAR_GATE_M = 145;
const SIGHT_TIMEOUT_MS = 1_000;
const SIGHT_LOOK_MS = 20;
const REJOIN_MS = 500;
/** Shorter ones are the time between two inputs. */
const GAP_MS = 150;

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A player who never stands still, hunts coins, passes the gate, and writes down everything that it was told. */
export class ChaosBot {
  readonly name: string;
  readonly game: Overworld;
  readonly gaps: Gap[] = [];
  inputs = 0;
  crossings = 0;
  joins = 0;
  /** Sequences that are settled, with the milliseconds it took. */
  readonly latencies: { readonly atMs: number; readonly latencyMs: number }[] = [];
  player = '';
  isResting = false;
  /** Leaves no more. */
  isStaying = false;
  /** At each passage of the gate: the time between the last frame of one zone and the first of the other. */
  readonly passages: { readonly atMs: number; readonly gapMs: number }[] = [];
  readonly #options: ChaosBotOptions;
  readonly #random = new RandomStream(new Uint32Array(4), 0);
  readonly #reader = new ByteReader();
  #zone: GameZone<typeof forest> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #isClosed = false;
  #turn = 0;
  #lines = 0;
  #heading = 0;
  #detourUntil = 0;
  #stuckAt: Place = { x: 0, y: 0 };
  #last = { atMs: 0, zone: '', epoch: 0, coins: -2 };

  constructor(options: ChaosBotOptions) {
    this.#options = options;
    this.name = `chaos-${options.index}`;
    this.#random.seed(`${options.seed}/${options.index}`);
    const ports = webPorts();
    const { socket } = ports;
    const watched: SocketPort = {
      open: (url, auth, handlers) => this.#open(socket, url, auth, handlers),
    };
    this.game = new Overworld(
      { url: options.url },
      { ...ports, socket: watched, random: () => this.#random.float() },
    );
    this.game.on('status', (status) => this.#changed(status));
  }

  get passesGate(): boolean {
    return this.#options.passesGate;
  }

  get isPlaying(): boolean {
    return this.game.stats().state === 'playing' && this.#zone !== undefined && !this.#isBusy;
  }

  /** Milliseconds since the last frame, on `performance.now()`. */
  get silenceMs(): number {
    return this.#last.atMs === 0 ? Infinity : performance.now() - this.#last.atMs;
  }

  get zone(): string {
    return this.game.zone?.id ?? '';
  }

  get shownCoins(): number | undefined {
    const coins = this.#zone?.self?.get('purse')?.coins;
    return typeof coins === 'number' ? coins : undefined;
  }

  /** Logs in, joins, and plays from then on. Rejects when it does not work at once. */
  async start(): Promise<void> {
    this.#isBusy = true;
    for (let attempt = 1; !(await this.#begin(attempt === START_TRIES)); attempt++) {
      await new Promise((resolve) => setTimeout(resolve, REJOIN_MS));
    }
    if (this.#options.passesGate) await this.#beginNearGate();
    this.#isBusy = false;
    const everyMs = 1000 / this.#options.rate;
    this.#timer = setTimeout(() => {
      this.#timer = setInterval(() => this.#act(), everyMs);
    }, everyMs * this.#random.float());
  }

  /** A cluster that has just started may turn players away for a moment. */
  async #begin(isLast: boolean): Promise<boolean> {
    try {
      const { player } = await this.game.login(this.name);
      this.player = player;
      await this.#join();
      return true;
    } catch (error) {
      if (isLast) throw error;
      return false;
    }
  }

  /** Players come out anywhere: who wants to pass the gate soon has to begin near it. */
  async #beginNearGate(): Promise<void> {
    for (let attempt = 1; attempt < GATE_TRIES && !(await this.#isNearGate()); attempt++) {
      await this.game.leave();
      this.#zone = undefined;
      await this.#join();
    }
  }

  async #isNearGate(): Promise<boolean> {
    const gate = this.#zone && gateOf(this.#zone);
    for (let waitedMs = 0; gate !== undefined && waitedMs < SIGHT_TIMEOUT_MS; waitedMs += SIGHT_LOOK_MS) {
      const self = this.#zone?.self?.get('body') as Place | undefined;
      if (self !== undefined) return Math.hypot(self.x - gate.x, self.y - gate.y) < NEAR_GATE_M;
      await new Promise((resolve) => setTimeout(resolve, SIGHT_LOOK_MS));
    }
    return true;
  }

  /** Stands still from now on. */
  rest(): void {
    this.isResting = true;
    if (this.isPlaying) this.#input('move', { dx: 0, dy: 0 });
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.game.close();
  }

  /** The gap that has not ended yet counts, too. */
  gapsSince(sinceMs: number): Gap[] {
    const { atMs, zone, epoch } = this.#last;
    const nowMs = performance.now();
    const open: Gap = {
      fromMs: atMs,
      toMs: nowMs,
      fromZone: zone,
      toZone: zone,
      fromEpoch: epoch,
      toEpoch: epoch,
    };
    return [...this.gaps, ...(atMs > 0 && nowMs - atMs > GAP_MS ? [open] : [])].filter(
      ({ toMs }) => toMs > sinceMs,
    );
  }

  #write(line: BotLine): void {
    this.#options.history.write({ bot: this.name, ...line });
  }

  async #join(): Promise<void> {
    const zone = await this.game.join({ world: 'forest' }, forest);
    this.joins += 1;
    this.#write({ kind: 'joined', player: zone.player, zone: zone.id, epoch: zone.epoch });
    if (this.#zone === zone) return;
    this.#zone = zone;
    zone.on('picked', ({ zone: where, tick, value }) =>
      this.#write({ kind: 'picked', zone: where, tick, value }),
    );
    zone.onZone(({ zone: id, epoch, tick }) => {
      if (id !== this.#last.zone && this.#last.zone !== '') this.crossings += 1;
      this.#write({ kind: 'zone', zone: id, epoch, tick });
    });
    zone.onRefused(({ sequence, reason }) => this.#write({ kind: 'refused', sequence, reason }));
    zone.onAcknowledged(({ latencyMs }) => this.latencies.push({ atMs: performance.now(), latencyMs }));
  }

  #changed({ state, reason, detail }: Status): void {
    this.#write({ kind: 'status', state, reason, detail });
    if (state === 'closed' && !this.#isBusy) this.#rejoinLater();
  }

  #rejoinLater(): void {
    if (this.#isClosed) return;
    setTimeout(() => void this.#rejoin(), REJOIN_MS);
  }

  async #rejoin(): Promise<void> {
    if (this.#isBusy || this.#isClosed || this.game.stats().state === 'playing') return;
    this.#isBusy = true;
    try {
      await this.#join();
    } catch {
      this.#rejoinLater();
    } finally {
      this.#isBusy = false;
    }
  }

  async #leave(): Promise<void> {
    this.#isBusy = true;
    this.#write({ kind: 'leaving' });
    try {
      await this.game.leave();
    } catch {
      // The gateway is away: the seat is given up when it is noticed, or taken up again by the next join.
    }
    this.#zone = undefined;
    // What follows is no silence of the server.
    this.#last = { atMs: 0, zone: '', epoch: 0, coins: -2 };
    this.#write({ kind: 'left' });
    this.#isBusy = false;
    void this.#rejoin();
  }

  #act(): void {
    const zone = this.#zone;
    if (zone === undefined || this.#isBusy || this.isResting || this.game.stats().pendingInputs > 60) return;
    this.#turn += 1;
    const { index, leaves } = this.#options;
    if (leaves && !this.isStaying && this.isPlaying && (this.#turn + index * 7) % LEAVE_EVERY === 0)
      return void this.#leave();
    if ((this.#turn + index * 3) % TALK_EVERY === 0) this.#talk();
    else this.#walk(zone);
  }

  #talk(): void {
    this.#lines += 1;
    const text = `${this.name} line ${this.#lines}`;
    const sequence = this.#input('say', { text });
    this.#write({ kind: 'said', sequence, text });
  }

  #walk(zone: GameZone<typeof forest>): void {
    const self = zone.self?.get('body') as Place | undefined;
    if (self !== undefined) this.#steer(zone, self);
    // An input each time, whether or not one sees oneself: what is measured is whether the zone answers.
    this.#input('move', {
      dx: Math.round(Math.cos(this.#heading) * FULL),
      dy: Math.round(Math.sin(this.#heading) * FULL),
    });
  }

  #steer(zone: GameZone<typeof forest>, self: Place): void {
    if (this.#turn % STUCK_TURNS === 0) {
      const isStuck = Math.hypot(self.x - this.#stuckAt.x, self.y - this.#stuckAt.y) < STUCK_M;
      this.#stuckAt = self;
      if (isStuck) {
        this.#heading = this.#random.float() * 2 * Math.PI;
        this.#detourUntil = this.#turn + DETOUR_TURNS;
      }
    }
    if (this.#turn < this.#detourUntil) return;
    const gate = gateOf(zone);
    const goal = this.#options.passesGate && gate ? gate : nearestCoin(zone.entities, self);
    if (goal !== undefined) this.#heading = Math.atan2(goal.y - self.y, goal.x - self.x);
  }

  #input(name: 'move' | 'say', value: object): number {
    this.inputs += 1;
    return this.#zone?.input(name, value as never) ?? 0;
  }

  #open(
    socket: SocketPort,
    url: string,
    auth: { readonly [key: string]: unknown },
    handlers: SocketHandlers,
  ): OpenSocket {
    return socket.open(url, auth, {
      ...handlers,
      frame: (bytes) => {
        handlers.frame(bytes);
        this.#saw(bytes);
      },
    });
  }

  #saw(bytes: Uint8Array): void {
    const zone = this.#zone;
    if (zone === undefined) return;
    const reader = this.#reader;
    reader.reset(bytes);
    reader.u8();
    const flags = reader.u8();
    reader.u8();
    const [epoch, tick] = [reader.varint(), reader.varint()];
    const ack = (flags & FRAME_FLAG.ack) !== 0 ? reader.varint() : -1;
    if (epoch !== zone.epoch || reader.failed) return;
    this.#heard(zone.id, epoch);
    const coins = this.shownCoins ?? -1;
    if (ack < 0 && coins === this.#last.coins) return;
    this.#last.coins = coins;
    this.#write({ kind: 'frame', zone: zone.id, epoch, tick, ack, coins });
  }

  #heard(zone: string, epoch: number): void {
    const nowMs = performance.now();
    const { atMs, zone: fromZone, epoch: fromEpoch, coins } = this.#last;
    if (atMs > 0 && nowMs - atMs > GAP_MS) {
      this.gaps.push({ fromMs: atMs, toMs: nowMs, fromZone, toZone: zone, fromEpoch, toEpoch: epoch });
    }
    if (atMs > 0 && fromZone !== zone) this.passages.push({ atMs: nowMs, gapMs: nowMs - atMs });
    this.#last = { atMs: nowMs, zone, epoch, coins };
  }
}

function gateOf(zone: GameZone<typeof forest>): Place | undefined {
  return forestParams.parse(zone.params ?? {}).gate;
}

function nearestCoin(entities: Iterable<ZoneEntity>, self: Place): Place | undefined {
  let best: Place | undefined;
  let bestDistance = Infinity;
  for (const entity of entities) {
    const body = entity.get('body') as Place | undefined;
    if (entity.get('look')?.kind !== KIND.coin || body === undefined) continue;
    const distance = Math.hypot(body.x - self.x, body.y - self.y);
    if (distance < bestDistance) [best, bestDistance] = [{ x: body.x, y: body.y }, distance];
  }
  return best;
}
