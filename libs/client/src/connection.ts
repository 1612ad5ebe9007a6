import { type Account, type JoinTicket, type Target, TOKEN_ENDED } from './account.ts';
import { Backoff } from './backoff.ts';
import { type ConnectionEvent, type ConnectionState, nextState, type Status } from './connection-state.ts';
import { type Dialled, dial } from './dial.ts';
import { asRefusal, type Farewell, farewellOf, NO_FAREWELL, readClosing, readLeft } from './farewell.ts';
import { goOver } from './going-over.ts';
import { Heartbeat } from './heartbeat.ts';
import type { ClientPorts, OpenSocket, SocketHandlers } from './ports.ts';
import { Questions } from './questions.ts';
import { isFinal, OverworldError, refusalOf, unreachable } from './refusal.ts';
import { type ZoneInfo, zoneInfoOf } from './zone-info.ts';

const JOIN_TIMEOUT_MS = 8_000;
const LEAVE_TIMEOUT_MS = 1_000;
/** The server keeps a seat for a minute. */
const RESUME_WITHIN_MS = 58_000;

export interface ConnectionHandlers {
  /** A join, a resume, a handoff or a new epoch. */
  zone(info: ZoneInfo): void;
  /** The zone that was told before may have missed inputs. */
  again(info: ZoneInfo): void;
  frame(bytes: Uint8Array, nowMs: number): void;
  event(name: string, value: unknown): void;
  pong(sentMs: number, nowMs: number, answer: unknown): void;
  status(status: Status): void;
}

interface Seat {
  readonly url: string;
  readonly resume: string;
  seenAtMs: number;
}

/** Which attempt a socket belongs to; it can be handed to a later one. */
interface Line {
  run: number;
}

/** Of a socket that no attempt has taken yet. */
const NO_RUN = -1;

/**
 * One player's way into a zone. After a drop it comes back by itself: to its seat with the resume token, else with a new
 * ticket, with growing, jittered pauses between the attempts and without logging in again. It gives up only on refusals
 * that no further attempt can change.
 */
export class Connection {
  readonly #account: Account;
  readonly #ports: ClientPorts;
  readonly #handlers: ConnectionHandlers;
  /** The zone as it was told of last. */
  #at: ZoneInfo | undefined;
  readonly #backoff: Backoff;
  #state: ConnectionState = 'idle';
  #target: Target = { world: '' };
  #seat: Seat | undefined;
  #socket: OpenSocket | undefined;
  /** The next socket, while the present one still stands. */
  #next: OpenSocket | undefined;
  #isGoingOver = false;
  #heartbeat: Heartbeat | undefined;
  #cancelRetry: (() => void) | undefined;
  readonly #questions = new Questions();
  #farewell = NO_FAREWELL;
  #isUp = false;
  /** Counts attempts: what belongs to an older one is ignored. */
  #run = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  #reconnects = 0;

  constructor(account: Account, ports: ClientPorts, handlers: ConnectionHandlers) {
    this.#account = account;
    this.#ports = ports;
    this.#handlers = handlers;
    this.#backoff = new Backoff(ports.random);
  }

  get state(): ConnectionState {
    return this.#state;
  }
  /** The socket stands and the zone takes inputs. */
  get isUp(): boolean {
    return this.#isUp;
  }
  get bytesIn(): number {
    return this.#bytesIn + (this.#socket?.bytesIn ?? 0);
  }
  get bytesOut(): number {
    return this.#bytesOut + (this.#socket?.bytesOut ?? 0);
  }
  /** How often the connection came back after a drop. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** The first join. Throws `OverworldError` when it does not work at once; only later drops are retried. */
  async open(target: Target): Promise<ZoneInfo> {
    if (this.#state !== 'idle' && this.#state !== 'closed') this.close('');
    this.#target = target;
    this.#seat = undefined;
    this.#backoff.reset();
    this.#move('open');
    try {
      return await this.#attempt();
    } catch (error) {
      const refusal = asRefusal(error);
      this.#endSocket();
      this.#move('refused', farewellOf(refusal));
      throw refusal;
    }
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#isUp) this.#socket?.sendBytes(bytes);
  }

  /** The acknowledgement of an event. Throws `OverworldError` when there is no connection or no answer in time. */
  request(name: string, value: unknown, timeoutMs: number): Promise<unknown> {
    return this.#questions.ask(this.#socket, name, value, timeoutMs);
  }

  /** Gives the seat up and closes. */
  async leave(): Promise<void> {
    if (this.#state === 'playing') {
      await this.request('leave', {}, LEAVE_TIMEOUT_MS).catch(() => undefined);
    }
    this.close('');
  }

  /** Idempotent. The seat is kept by the server for a minute. */
  close(reason: string): void {
    this.#run += 1;
    this.#cancelRetry?.();
    this.#endSocket();
    this.#move('close', { ...NO_FAREWELL, reason });
  }

  /** One attempt to get into the zone, from token to zone description. */
  async #attempt(): Promise<ZoneInfo> {
    this.#run += 1;
    const run = this.#run;
    try {
      return await this.#enter(run);
    } catch (error) {
      const refusal = asRefusal(error);
      if (!TOKEN_ENDED.has(refusal.reason) || run !== this.#run) throw refusal;
      this.#endSocket();
      await this.#account.renew();
      return this.#enter(run);
    }
  }

  async #enter(run: number): Promise<ZoneInfo> {
    return (await this.#resume(run)) ?? this.#joinAnew(run);
  }

  /** Undefined when there is no seat to come back to. */
  async #resume(run: number): Promise<ZoneInfo | undefined> {
    const seat = this.#seat;
    if (seat === undefined || this.#ports.clock.now() - seat.seenAtMs > RESUME_WITHIN_MS) return undefined;
    const socket = await this.#dialFirst(run, seat.url);
    const answer = await this.#join(run, socket, { resume: seat.resume });
    if (!(answer instanceof OverworldError)) return answer;
    if (isFinal(answer.reason) || TOKEN_ENDED.has(answer.reason)) throw answer;
    this.#seat = undefined;
    this.#endSocket();
    return undefined;
  }

  async #joinAnew(run: number): Promise<ZoneInfo> {
    const ticket: JoinTicket = await this.#account.join(this.#target);
    const socket = await this.#dialFirst(run, ticket.url);
    this.#seat = { url: ticket.url, resume: '', seenAtMs: this.#ports.clock.now() };
    const answer = await this.#join(run, socket, { ticket: ticket.ticket });
    if (answer instanceof OverworldError) throw answer;
    return answer;
  }

  /** Frames follow the acknowledgement at once, so the zone is known before this promise's callbacks run. */
  async #join(run: number, socket: OpenSocket, body: object): Promise<ZoneInfo | OverworldError> {
    let joined: ZoneInfo | OverworldError = unreachable('the join was not answered');
    await this.#questions.ask(socket, 'join', body, JOIN_TIMEOUT_MS, (answer) => {
      if (run !== this.#run) return;
      joined = this.#joinAnswer(answer);
      if (!(joined instanceof OverworldError)) this.#joined(socket, joined);
    });
    this.#alive(run);
    return joined;
  }

  async #dialFirst(run: number, url: string): Promise<OpenSocket> {
    const token = await this.#account.token();
    this.#alive(run);
    const { socket, opened } = this.#dial({ url, token }, { run });
    this.#socket = socket;
    await opened;
    return socket;
  }

  #dial(to: { readonly url: string; readonly token: string }, line: Line): Dialled {
    const dialled = dial(this.#ports, to, {
      ...this.#listening(line),
      closed: (detail) => {
        if (line.run === this.#run && dialled.socket === this.#socket) this.#lost(detail);
      },
    });
    return dialled;
  }

  #listening(line: Line): Pick<SocketHandlers, 'event' | 'frame'> {
    return {
      event: (name, value) => {
        if (line.run === this.#run) this.#received(name, value);
      },
      frame: (bytes) => {
        if (line.run === this.#run) this.#framed(bytes);
      },
    };
  }

  /**
   * The server process is about to stop and still serves: opens another socket, which another process takes, resumes there
   * and goes over to it. Until then everything goes on here; when it does not work in time, the end of this socket is a drop
   * like any other.
   */
  async #goOver(openForMs: number): Promise<void> {
    if (this.#isGoingOver || this.#state !== 'playing') return;
    this.#isGoingOver = true;
    const run = this.#run;
    await goOver(this.#ports, openForMs, {
      attempt: () => this.#resumeElsewhere(run),
      isOver: () => run !== this.#run,
      failed: () => {
        this.#next?.close();
        this.#next = undefined;
      },
    });
    this.#isGoingOver = false;
  }

  async #resumeElsewhere(run: number): Promise<void> {
    const seat = this.#seat;
    if (seat === undefined) throw unreachable('there is no seat to come back to');
    const line: Line = { run: NO_RUN };
    const token = await this.#account.token();
    this.#alive(run);
    const { socket, opened } = this.#dial({ url: seat.url, token }, line);
    this.#next = socket;
    await opened;
    let refused: OverworldError | undefined;
    await this.#questions.ask(socket, 'join', { resume: seat.resume }, JOIN_TIMEOUT_MS, (answer) => {
      const joined = this.#joinAnswer(answer);
      if (joined instanceof OverworldError) refused = joined;
      else if (run === this.#run && socket === this.#next) this.#switchTo(socket, line, joined);
    });
    if (refused !== undefined) throw refused;
  }

  /** Frames follow the answer at once: from here on those of this socket count, and no others. */
  #switchTo(socket: OpenSocket, line: Line, info: ZoneInfo): void {
    this.#next = undefined;
    this.#run += 1;
    line.run = this.#run;
    this.#endSocket();
    this.#socket = socket;
    this.#joined(socket, info);
  }

  #joinAnswer(answer: unknown): ZoneInfo | OverworldError {
    const accepted =
      typeof answer === 'object' && answer !== null && (answer as { ok?: unknown }).ok === true;
    if (!accepted) return refusalOf(answer, 'the zone refused the join');
    return zoneInfoOf(answer, this.#at);
  }

  /** Throws when another attempt, or a close, has overtaken this one. */
  #alive(run: number): void {
    if (run === this.#run) return;
    throw new OverworldError('closed', 'the connection was closed meanwhile');
  }

  #joined(socket: OpenSocket, info: ZoneInfo): void {
    if (this.#backoff.attempts > 0) this.#reconnects += 1;
    this.#backoff.reset();
    this.#farewell = NO_FAREWELL;
    this.#follow(info);
    // Before the zone is told: it sends what waited for the connection.
    this.#isUp = true;
    this.#handlers.zone(info);
    this.#move('joined');
    this.#heartbeat = new Heartbeat(this.#ports.clock, socket, {
      pong: (sentMs, nowMs, answer) => this.#handlers.pong(sentMs, nowMs, answer),
      silent: () => this.#dropped('unreachable', 'the server stopped answering'),
    });
  }

  /** Keeps what the next resume needs. After a handoff the way back leads to the world, which knows where the seat is. */
  #follow(info: ZoneInfo): void {
    this.#at = info;
    const seat = this.#seat;
    if (seat !== undefined && info.resume !== '') {
      this.#seat = { url: seat.url, resume: info.resume, seenAtMs: this.#ports.clock.now() };
    }
    if ('zone' in this.#target && this.#target.zone !== info.zone) this.#target = { world: info.world };
  }

  #framed(bytes: Uint8Array): void {
    const nowMs = this.#ports.clock.now();
    this.#heartbeat?.heard(nowMs);
    if (this.#seat !== undefined) this.#seat.seenAtMs = nowMs;
    this.#handlers.frame(bytes, nowMs);
  }

  #received(name: string, value: unknown): void {
    const nowMs = this.#ports.clock.now();
    this.#heartbeat?.heard(nowMs);
    if (this.#seat !== undefined) this.#seat.seenAtMs = nowMs;
    if (name === 'zone') {
      this.#moved(value);
    } else if (name === 'closing') {
      this.#closing(value);
    } else if (name === 'left') {
      this.#left(value);
    } else {
      this.#handlers.event(name, value);
    }
  }

  #closing(value: unknown): void {
    const { farewell, openForMs } = readClosing(value);
    this.#farewell = farewell;
    if (openForMs > 0) void this.#goOver(openForMs);
  }

  #moved(value: unknown): void {
    const last = this.#at;
    const info = zoneInfoOf(value, last);
    if (info instanceof OverworldError || this.#state !== 'playing') return;
    const isSame = info.zone === last?.zone && info.epoch === last.epoch;
    this.#follow(info);
    // It is the same zone, which may not have heard everything: that has to be said again.
    if (isSame) this.#handlers.again(info);
    else this.#handlers.zone(info);
  }

  /** The seat is gone while the socket stands. */
  #left(value: unknown): void {
    const { reason, isCuredByJoin } = readLeft(value);
    this.#seat = undefined;
    if (isCuredByJoin) {
      this.#dropped(reason, 'the zone gave the seat up');
      return;
    }
    this.#run += 1;
    this.#endSocket();
    const next = 'Join again to go on playing.';
    this.#move('refused', { ...NO_FAREWELL, reason, detail: `you have left the zone: ${reason}`, next });
  }

  /** The socket has closed: an attempt fails by it, a standing connection is taken up again. */
  #lost(detail: string): void {
    if (this.#state === 'playing') this.#dropped('unreachable', detail);
    else this.#endSocket();
  }

  #dropped(reason: string, detail: string): void {
    const farewell = this.#farewell.reason === '' ? { ...NO_FAREWELL, reason, detail } : this.#farewell;
    this.#farewell = NO_FAREWELL;
    this.#run += 1;
    this.#endSocket();
    if (isFinal(farewell.reason)) this.#move('refused', farewell);
    else this.#retryLater(farewell);
  }

  #retryLater(why: Farewell): void {
    const delayMs = this.#backoff.next(why.afterMs);
    if (!this.#move('dropped', { ...why, afterMs: delayMs })) return;
    this.#cancelRetry = this.#ports.clock.after(delayMs, () => void this.#retry(why));
  }

  async #retry(why: Farewell): Promise<void> {
    if (!this.#move('retry', why)) return;
    const run = this.#run + 1;
    try {
      await this.#attempt();
    } catch (error) {
      if (run !== this.#run) return;
      const refusal = asRefusal(error);
      this.#endSocket();
      const ended = isFinal(refusal.reason) || TOKEN_ENDED.has(refusal.reason);
      if (ended) this.#move('refused', farewellOf(refusal));
      else this.#retryLater(farewellOf(refusal));
    }
  }

  #endSocket(): void {
    this.#isUp = false;
    this.#heartbeat?.stop();
    this.#heartbeat = undefined;
    this.#next?.close();
    this.#next = undefined;
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    this.#questions.fail();
    this.#bytesIn += socket.bytesIn;
    this.#bytesOut += socket.bytesOut;
    socket.close();
  }

  #move(event: ConnectionEvent, why: Farewell = NO_FAREWELL): boolean {
    const state = nextState(this.#state, event);
    if (state === undefined) return false;
    this.#state = state;
    this.#handlers.status({
      state,
      attempt: this.#backoff.attempts,
      retryInMs: state === 'waiting' ? why.afterMs : 0,
      reason: why.reason,
      detail: why.detail,
      next: why.next,
    });
    return true;
  }
}
