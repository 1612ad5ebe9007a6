import { type GameZone, Overworld } from '@overworld/client';
import { ByteReader } from '@overworld/kernel';
import type { Clock } from '@overworld/ports';
import { FRAME_FLAG } from '@overworld/protocol';
import type { FakeRandom } from '../fake-random.ts';
import { playerId } from '../zone-rig.ts';
import { type LinePorts, SimHttp, SimSockets } from './sim-line.ts';
import type { SimLog } from './sim-log.ts';

const WORLD = 'glade';
const JOIN_AGAIN_MS = 700;

/** What a client knew of itself right after a frame. */
export interface Sighting {
  readonly zone: string;
  readonly epoch: number;
  readonly tick: number;
  /** Undefined while it does not see itself. */
  readonly coins: number | undefined;
  /** -1: the frame did not say. */
  readonly ack: number;
}

export interface Heard {
  readonly zone: string;
  readonly tick: number;
  readonly name: string;
  readonly value: unknown;
}

export interface ClientPorts {
  readonly clock: Clock;
  readonly random: FakeRandom;
  readonly line: LinePorts;
  readonly log: SimLog;
  /** An address to connect to. */
  address(): string;
}

/** One player: the real client on a simulated line, a will of its own, and a memory of everything that it was told. */
export class SimClient {
  readonly player: string;
  readonly name: string;
  readonly game: Overworld;
  readonly sightings: Sighting[] = [];
  readonly heard: Heard[] = [];
  /** The highest sequence that it was told is executed. */
  acknowledged = 0;
  refused = 0;
  isWanted = true;
  /** The entry zone has no room: a client then has to wait outside. */
  isTurnedAway = false;
  isBusy = false;
  sent = 0;
  readonly sockets: SimSockets;
  readonly #ports: ClientPorts;
  readonly #reader = new ByteReader();
  #zone: GameZone | undefined;
  #isResting = false;

  constructor(number: number, ports: ClientPorts) {
    this.player = playerId(number);
    this.name = `p${number}`;
    this.#ports = ports;
    const line = ports.line;
    this.sockets = new SimSockets(line, () => [this.player, this.name]);
    const socket = {
      open: (
        url: string,
        auth: { readonly [key: string]: unknown },
        handlers: Parameters<SimSockets['open']>[2],
      ) =>
        this.sockets.open(url, auth, {
          ...handlers,
          frame: (bytes) => {
            handlers.frame(bytes);
            this.#saw(bytes);
          },
        }),
    };
    const http = new SimHttp(ports.clock, async ({ url }) => this.#rest(url));
    const { clock, random } = ports;
    const onError = (error: unknown): void => ports.log.fail(`${this.name}: a listener threw ${error}`);
    this.game = new Overworld(
      { url: 'sim://session', onError },
      { socket, http, clock, random: () => random.next() },
    );
    this.game.on('status', (status) => {
      ports.log.say(`${this.name} ${status.state} ${status.reason} ${status.detail}`);
      if (status.state === 'closed') this.isTurnedAway = status.reason === 'zone-full';
      if (status.state === 'playing') this.isTurnedAway = false;
      if (status.state === 'closed') this.#later();
    });
  }

  async start(): Promise<void> {
    await this.game.login(this.name);
    await this.enter();
  }

  get isPlaying(): boolean {
    return this.game.stats().state === 'playing' && this.game.zone !== undefined;
  }

  /** Plays with nothing under way, or waits outside because the zone is full. */
  get isAtRest(): boolean {
    if (this.isTurnedAway) return true;
    return this.isPlaying && this.game.stats().pendingInputs === 0;
  }

  /** Joins, and tries again until it works. */
  async enter(): Promise<void> {
    if (this.isBusy || !this.isWanted) return;
    this.isBusy = true;
    try {
      const zone = await this.game.join({ world: WORLD });
      this.#listen(zone);
    } catch (error) {
      this.#ports.log.say(`${this.name} cannot join: ${error}`);
      this.#later();
    } finally {
      this.isBusy = false;
    }
  }

  /** Leaves for good; comes back only when `enter` is called. */
  async leave(): Promise<void> {
    if (this.isBusy || !this.isPlaying) return;
    this.isBusy = true;
    this.isWanted = false;
    await this.game.leave();
    this.isBusy = false;
  }

  /** One move of the game. */
  act(): void {
    const { zone } = this.game;
    if (zone === undefined || this.game.stats().pendingInputs > 40) return;
    const { random } = this.#ports;
    const luck = random.next();
    if (luck < 0.35) this.#input(zone, 'move', { dx: random.int(21) - 10, dy: random.int(11) - 5 });
    else if (luck < 0.65) this.#input(zone, 'grab', {});
    else if (luck < 0.9) this.#input(zone, 'say', { text: `line ${++this.sent}` });
    else if (luck < 0.97) this.#input(zone, 'hop', {});
    else this.#input(zone, 'cross', {});
  }

  /** Stands still from now on, so that the world can come to rest. */
  rest(): void {
    const { zone } = this.game;
    if (this.#isResting || zone === undefined || !this.isPlaying) return;
    this.#isResting = true;
    this.#input(zone, 'move', { dx: 0, dy: 0 });
  }

  #input(zone: GameZone, name: string, value: unknown): void {
    zone.input(name as never, value as never);
  }

  #later(): void {
    this.#ports.clock.after(JOIN_AGAIN_MS, () => {
      if (!this.isPlaying) void this.enter();
    });
  }

  #listen(zone: GameZone): void {
    if (this.#zone === zone) return;
    this.#zone = zone;
    this.#isResting = false;
    const hear = (name: string) => (event: unknown) => {
      const { tick, value, zone: where } = event as { tick: number; value: unknown; zone: string };
      this.heard.push({ zone: where, tick, name, value });
    };
    zone.on('said' as never, hear('said'));
    zone.on('picked' as never, hear('picked'));
    zone.onAcknowledged(({ sequence }) => {
      this.acknowledged = Math.max(this.acknowledged, sequence);
    });
    zone.onRefused(() => {
      this.refused += 1;
    });
  }

  #saw(bytes: Uint8Array): void {
    const { zone } = this.game;
    if (zone === undefined) return;
    const reader = this.#reader;
    reader.reset(bytes);
    reader.u8();
    const flags = reader.u8();
    reader.u8();
    const [epoch, tick] = [reader.varint(), reader.u32()];
    const ack = (flags & FRAME_FLAG.ack) !== 0 ? reader.varint() : -1;
    if (epoch !== zone.epoch || reader.failed) return;
    const coins = zone.self?.get('purse')?.coins as number | undefined;
    this.sightings.push({ zone: zone.id, epoch, tick, coins, ack });
  }

  #rest(url: string): { readonly status: number; readonly body: unknown } {
    const path = url.slice('sim://session'.length);
    if (path === '/join') {
      const body = { ticket: `ticket ${this.player}`, url: this.#ports.address(), zone: '', world: WORLD };
      return { status: 200, body };
    }
    const tokens = {
      accessToken: 'a',
      refreshToken: 'r',
      expiresInSeconds: 100_000,
      sessionEndsInSeconds: 100_000,
    };
    return { status: 200, body: { player: this.player, name: this.name, ...tokens } };
  }
}
