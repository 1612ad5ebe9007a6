import type { AnyRuleset } from '@overworld/ruleset';
import { Account, type Lobby, type Login, type SavedLogin, type Target, type World } from './account.ts';
import { Chat } from './chat.ts';
import { Connection } from './connection.ts';
import type { Status } from './connection-state.ts';
import { GameZone, INTERPOLATION_MS } from './game-zone.ts';
import { Listeners, type Unlisten } from './listeners.ts';
import type { ClientPorts } from './ports.ts';
import { OverworldError } from './refusal.ts';
import { RateMeter } from './rate-meter.ts';
import type { ClientStats } from './stats.ts';
import type { ZoneInfo } from './zone-info.ts';

export interface OverworldOptions {
  /** Where the server is: `https://play.example.org`. */
  readonly url: string;
  /** The rulesets to predict with; without its ruleset a zone is played without prediction. */
  readonly rulesets?: readonly AnyRuleset[];
  /** How far behind the newest state others are shown. Default 100 ms. */
  readonly interpolationMs?: number;
  /** False: only ticks and acknowledgements are read from frames. For load tools. Default true. */
  readonly decode?: boolean;
  /** Told of errors that a listener of the game threw. Default: they are dropped. */
  readonly onError?: (error: unknown) => void;
}

export type OverworldEvents = {
  readonly status: Status;
  readonly zone: ZoneInfo;
  readonly login: SavedLogin;
};

const NOTHING: ClientStats = {
  state: 'idle',
  zone: '',
  epoch: 0,
  serverTick: 0,
  roundTripMs: 0,
  jitterMs: 0,
  sequence: 0,
  acknowledged: 0,
  pendingInputs: 0,
  droppedInputs: 0,
  refusedInputs: 0,
  bytesInPerSecond: 0,
  bytesOutPerSecond: 0,
  framesPerSecond: 0,
  frames: 0,
  badFrames: 0,
  entities: 0,
  predicting: false,
  leadTicks: 0,
  corrections: 0,
  lastCorrection: 0,
  largestCorrection: 0,
  reconnects: 0,
};

/**
 * A player's side of an Overworld server: log in, join, play. The connection looks after itself; the game hears of it by
 * the event `status`. One instance is one player in at most one zone.
 */
export class Overworld {
  /** Talk with everybody in the world or the zone, and who they are. */
  readonly chat: Chat;
  readonly #options: OverworldOptions;
  readonly #ports: ClientPorts;
  readonly #account: Account;
  readonly #connection: Connection;
  readonly #listeners: Listeners<OverworldEvents>;
  readonly #rates = { bytesIn: new RateMeter(), bytesOut: new RateMeter(), frames: new RateMeter() };
  readonly #failed: (error: unknown) => void;
  #zone: GameZone | undefined;

  constructor(options: OverworldOptions, ports: ClientPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#failed = options.onError ?? (() => undefined);
    this.#listeners = new Listeners(this.#failed);
    this.#account = new Account(options.url, ports, (saved) => this.#listeners.tell('login', saved));
    this.chat = new Chat(
      (name, value, timeoutMs) => this.#connection.request(name, value, timeoutMs),
      this.#failed,
    );
    this.#connection = new Connection(this.#account, ports, {
      zone: (info) => this.#followed(info),
      again: (info) => this.#zone?.again(info),
      frame: (bytes, nowMs) => this.#zone?.frame(bytes, nowMs),
      event: (name, value) => {
        if (!this.chat.event(name, value)) this.#zone?.event(name, value);
      },
      pong: (sentMs, nowMs, answer) => this.#ponged(sentMs, nowMs, answer),
      status: (status) => this.#listeners.tell('status', status),
    });
  }

  /** The zone that the player is in. */
  get zone(): GameZone | undefined {
    return this.#zone;
  }
  /** Who is logged in. */
  get account(): Login | undefined {
    return this.#account.login;
  }
  /** Keep this (in sessionStorage) to `restore` the login after a reload of the page. It is a secret. */
  get savedLogin(): SavedLogin | undefined {
    return this.#account.saved;
  }

  /** Makes a guest account and logs in. Throws `OverworldError`. */
  login(username: string): Promise<Login> {
    return this.#account.logIn(username);
  }

  /** Goes on with a saved login. Throws `OverworldError` when its session is over. */
  restore(saved: SavedLogin): Promise<Login> {
    return this.#account.restore(saved);
  }

  /** Leaves the zone and ends the session. */
  async logout(): Promise<void> {
    await this.leave();
    await this.#account.logOut();
  }

  worlds(): Promise<readonly World[]> {
    return this.#account.worlds();
  }

  /** Opens a lobby; its `code` is what others join with. */
  createLobby(options: { readonly world?: string; readonly capacity?: number } = {}): Promise<Lobby> {
    return this.#account.createLobby(options);
  }

  lobby(code: string): Promise<Lobby> {
    return this.#account.lobby(code);
  }

  deleteLobby(code: string): Promise<void> {
    return this.#account.deleteLobby(code);
  }

  joinLobby<R extends AnyRuleset = AnyRuleset>(code: string, ruleset?: R): Promise<GameZone<R>> {
    return this.join({ lobby: code }, ruleset);
  }

  /**
   * Joins a world, a zone or a lobby, leaving the zone before. Resolves once the zone is there; throws `OverworldError`
   * when it does not work, without trying again. `ruleset` types the inputs and events.
   */
  async join<R extends AnyRuleset = AnyRuleset>(target: Target, ruleset?: R): Promise<GameZone<R>> {
    if (this.#zone !== undefined) await this.leave();
    const info = await this.#connection.open(target);
    if (ruleset !== undefined && info.ruleset !== ruleset.name) {
      await this.leave();
      const detail = `the zone runs the ruleset ${info.ruleset}, not ${ruleset.name}`;
      throw new OverworldError('schema-mismatch', detail);
    }
    return this.#zone as unknown as GameZone<R>;
  }

  /** Leaves the zone for good; the login stays. */
  async leave(): Promise<void> {
    await this.#connection.leave();
    this.#zone = undefined;
  }

  /** Drops the connection. The seat is kept for a minute and the login stays: `join` comes back to it. */
  close(): void {
    this.#connection.close('closed');
    this.#zone = undefined;
  }

  /**
   * `status`: the connection changed. `zone`: the zone is another one or has a new epoch. `login`: the refresh token is a
   * new one, which replaces what was saved.
   */
  on<Name extends keyof OverworldEvents>(
    name: Name,
    listener: (value: OverworldEvents[Name]) => void,
  ): Unlisten {
    return this.#listeners.on(name, listener);
  }

  stats(): ClientStats {
    this.#sampleRates();
    const nowMs = this.#ports.clock.now();
    const counters = this.#zone?.counters;
    const frames = counters?.frames ?? 0;
    return {
      ...NOTHING,
      ...counters,
      state: this.#connection.state,
      reconnects: this.#connection.reconnects,
      bytesInPerSecond: this.#rates.bytesIn.perSecond(nowMs, this.#connection.bytesIn),
      bytesOutPerSecond: this.#rates.bytesOut.perSecond(nowMs, this.#connection.bytesOut),
      framesPerSecond: this.#rates.frames.perSecond(nowMs, frames),
    };
  }

  /** Payload bytes since the start, over all connections. */
  get traffic(): { readonly bytesIn: number; readonly bytesOut: number } {
    return { bytesIn: this.#connection.bytesIn, bytesOut: this.#connection.bytesOut };
  }

  #followed(info: ZoneInfo): void {
    if (this.#zone === undefined) this.#zone = this.#newZone(info);
    else this.#zone.follow(info);
    this.#listeners.tell('zone', info);
  }

  #newZone(info: ZoneInfo): GameZone {
    const connection = this.#connection;
    return new GameZone(info, {
      rulesets: this.#options.rulesets ?? [],
      interpolationMs: this.#options.interpolationMs ?? INTERPOLATION_MS,
      decode: this.#options.decode ?? true,
      clock: this.#ports.clock,
      failed: this.#failed,
      link: {
        get isUp() {
          return connection.isUp;
        },
        sendBytes: (bytes) => connection.sendBytes(bytes),
        request: (name, value, timeoutMs) => connection.request(name, value, timeoutMs),
      },
    });
  }

  #ponged(sentMs: number, nowMs: number, answer: unknown): void {
    this.#zone?.pong(sentMs, nowMs, answer);
    this.#sampleRates();
  }

  #sampleRates(): void {
    const nowMs = this.#ports.clock.now();
    this.#rates.bytesIn.sample(nowMs, this.#connection.bytesIn);
    this.#rates.bytesOut.sample(nowMs, this.#connection.bytesOut);
    this.#rates.frames.sample(nowMs, this.#zone?.counters.frames ?? 0);
  }
}
