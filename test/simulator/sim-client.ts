import { isRefusal } from '@overworld/contracts';
import type { HttpAnswer } from '@overworld/client';
import type { Clock } from '@overworld/ports';
import { type FakeRandom, playerId } from '@overworld/testkit';
import { type DevicePorts, SimDevice } from './sim-device.ts';
import type { Who } from './sim-gateway.ts';
import type { LinePorts } from './sim-line.ts';
import type { SimLog } from './sim-log.ts';
import type { SimSession } from './sim-session.ts';

const JOIN_AGAIN_MS = 700;
const SESSION_ENDS_MS = 1e15;

export interface ClientPorts {
  readonly clock: Clock;
  readonly random: FakeRandom;
  readonly line: LinePorts;
  readonly log: SimLog;
  readonly world: string;
  /** The session process to which the balancer leads this time. */
  session(): SimSession | undefined;
}

/** One player with a will of its own, who sits at one device at a time, and now and then at another one. */
export class SimClient {
  readonly player: string;
  readonly name: string;
  /** All that the player ever logged in from; the last one is where he sits. */
  readonly devices: SimDevice[] = [];
  isWanted = true;
  /** The entry zone has no room: a client then has to wait outside. */
  isTurnedAway = false;
  isBusy = false;
  sent = 0;
  readonly #ports: ClientPorts;

  constructor(number: number, ports: ClientPorts) {
    this.player = playerId(number);
    this.name = `p${number}`;
    this.#ports = ports;
    this.#sitDown();
  }

  get device(): SimDevice {
    return this.devices.at(-1) as SimDevice;
  }

  get game(): SimDevice['game'] {
    return this.device.game;
  }

  async start(): Promise<void> {
    await this.game.login(this.name);
    await this.enter();
  }

  /** Logs in from somewhere else; the device before is left as it is. */
  async moveElsewhere(): Promise<void> {
    if (this.isBusy || !this.isWanted) return;
    this.#sitDown();
    await this.start();
  }

  get isPlaying(): boolean {
    return this.game.stats().state === 'playing' && this.game.zone !== undefined;
  }

  /** Plays with nothing under way, or waits outside because the zone is full. */
  get isAtRest(): boolean {
    if (this.isTurnedAway) return true;
    const isAlone = this.devices.every((device) => device === this.device || device.isOver);
    // One that goes over to another gateway plays on meanwhile, and so does one that does not know yet that its line broke.
    const { line, believedLines } = this.device.sockets;
    const isSettled = line?.isOpen === true && believedLines === 1;
    return this.isPlaying && isAlone && isSettled && this.game.stats().pendingInputs === 0;
  }

  /** Joins, and tries again until it works. */
  async enter(): Promise<void> {
    if (this.isBusy || !this.isWanted) return;
    this.isBusy = true;
    try {
      this.device.listen(await this.game.join({ world: this.#ports.world }));
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
    if (this.game.zone === undefined || this.game.stats().pendingInputs > 40) return;
    const { random } = this.#ports;
    const { device } = this;
    const luck = random.next();
    if (luck < 0.35) device.input('move', { dx: random.int(21) - 10, dy: random.int(11) - 5 });
    else if (luck < 0.65) device.input('grab', {});
    else if (luck < 0.9) device.input('say', { text: `line ${++this.sent}` });
    else if (luck < 0.97) device.input('hop', {});
    else device.input('cross', {});
  }

  /** Stands still from now on, so that the world can come to rest. */
  rest(): void {
    if (this.isPlaying) this.device.rest();
  }

  #sitDown(): void {
    const { clock, random, line, log } = this.#ports;
    const sessionId = `${this.name}/${this.devices.length}`;
    const who: Who = { player: this.player, name: this.name, sessionId };
    const ports: DevicePorts = { clock, random, line, log, rest: (path) => this.#rest(path, who) };
    const device = new SimDevice(who, ports, ({ state, reason }) => {
      if (device !== this.device) return;
      if (state === 'closed') this.isTurnedAway = reason === 'zone-full';
      if (state === 'playing') this.isTurnedAway = false;
      if (state === 'closed') this.#later();
    });
    this.devices.push(device);
  }

  #later(): void {
    const { device } = this;
    this.#ports.clock.after(JOIN_AGAIN_MS, () => {
      if (device === this.device && !this.isPlaying) void this.enter();
    });
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#ports.clock.after(delayMs, resolve));
  }

  async #rest(path: string, who: Who): Promise<HttpAnswer> {
    if (path === '/join') return this.#join(who);
    const tokens = {
      accessToken: 'a',
      refreshToken: 'r',
      expiresInSeconds: 100_000,
      sessionEndsInSeconds: 100_000,
    };
    return { status: 200, body: { player: this.player, name: this.name, ...tokens } };
  }

  async #join(who: Who): Promise<HttpAnswer> {
    const session = this.#ports.session();
    if (session === undefined) throw new Error('nobody answers');
    const claims = { ...who, sessionEndsAtMs: SESSION_ENDS_MS };
    const issued = await session.process.wait(session.doors.issue(claims, { world: this.#ports.world }));
    // The ticket lies about for a while.
    if (this.#ports.random.chance(0.15)) await this.#pause(this.#ports.random.between(200, 3_000));
    if (!isRefusal(issued)) return { status: 200, body: { ...issued, url: 'sim://balancer' } };
    return { status: 409, body: { reason: issued.refused, detail: issued.detail, next: '' } };
  }
}
