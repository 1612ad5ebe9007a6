import { type GameZone, type HttpAnswer, Overworld, type Status } from '@overworld/client';
import { ByteReader } from '@overworld/kernel';
import type { Clock } from '@overworld/ports';
import { FRAME_FLAG } from '@overworld/protocol';
import type { FakeRandom } from '@overworld/testkit';
import type { Who } from './sim-gateway.ts';
import { type LinePorts, SimHttp, SimSockets } from './sim-line.ts';
import type { SimLog } from './sim-log.ts';

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

export interface DevicePorts {
  readonly clock: Clock;
  readonly random: FakeRandom;
  readonly line: LinePorts;
  readonly log: SimLog;
  rest(path: string): Promise<HttpAnswer>;
}

/** One login of one player: the real client on simulated lines, and a memory of everything that it was told. */
export class SimDevice {
  readonly game: Overworld;
  readonly sightings: Sighting[] = [];
  readonly heard: Heard[] = [];
  /** Lines whose inputs were acknowledged: each has to have been said. */
  readonly settledLines: string[] = [];
  readonly sockets: SimSockets;
  readonly #reader = new ByteReader();
  #zone: GameZone | undefined;
  /** The lines of this stay, by the sequence of their input. */
  readonly #lines = new Map<number, string>();
  #isResting = false;

  constructor(who: Who, ports: DevicePorts, changed: (status: Status) => void) {
    const { clock, random, log } = ports;
    this.sockets = new SimSockets(ports.line, who);
    const http = new SimHttp(clock, ({ url }) => ports.rest(url.slice('sim://session'.length)));
    const socket = {
      open: (...[url, auth, handlers]: Parameters<SimSockets['open']>) =>
        this.sockets.open(url, auth, {
          ...handlers,
          frame: (bytes) => {
            const { frames } = this.game.stats();
            handlers.frame(bytes);
            // One of a connection that it has just left, or does not use yet, is put aside.
            if (this.game.stats().frames > frames) this.#saw(bytes);
          },
        }),
    };
    const onError = (error: unknown): void => log.fail(`${who.sessionId}: a listener threw ${error}`);
    this.game = new Overworld(
      { url: 'sim://session', onError },
      { socket, http, clock, random: () => random.next() },
    );
    this.game.on('status', (status) => {
      log.say(`${who.sessionId} ${status.state} ${status.reason} ${status.detail}`);
      changed(status);
    });
  }

  /** It will never connect by itself again. */
  get isOver(): boolean {
    const { state } = this.game.stats();
    return state === 'closed' || state === 'idle';
  }

  input(name: string, value: unknown): void {
    const sequence = this.game.zone?.input(name as never, value as never);
    if (sequence !== undefined && name === 'say') this.#lines.set(sequence, (value as { text: string }).text);
  }

  rest(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    this.input('move', { dx: 0, dy: 0 });
  }

  listen(zone: GameZone): void {
    if (this.#zone === zone) return;
    this.#zone = zone;
    this.#isResting = false;
    this.#lines.clear();
    zone.onAcknowledged(({ sequence }) => {
      const line = this.#lines.get(sequence);
      if (line !== undefined) this.settledLines.push(line);
    });
    const hear = (name: string) => (event: unknown) => {
      const { tick, value, zone: where } = event as { tick: number; value: unknown; zone: string };
      this.heard.push({ zone: where, tick, name, value });
    };
    zone.on('said' as never, hear('said'));
    zone.on('picked' as never, hear('picked'));
  }

  #saw(bytes: Uint8Array): void {
    const { zone } = this.game;
    if (zone === undefined) return;
    const reader = this.#reader;
    reader.reset(bytes);
    reader.u8();
    const flags = reader.u8();
    reader.u8();
    const [epoch, tick] = [reader.varint(), reader.varint()];
    const ack = (flags & FRAME_FLAG.ack) !== 0 ? reader.varint() : -1;
    if (epoch !== zone.epoch || reader.failed) return;
    const coins = zone.self?.get('purse')?.coins as number | undefined;
    this.sightings.push({ zone: zone.id, epoch, tick, coins, ack });
  }
}
