import { readInputFrame, type WireSchema } from '@overworld/protocol';
import { Mirror, View, type ZoneEvent } from '@overworld/replication/gateway';
import { ZoneEncoder } from '@overworld/replication/zone';
import { type AnyRuleset, type Operation, ZoneRuntime } from '@overworld/ruleset';
import type { FakeClock } from '@overworld/testkit';
import type {
  HttpAnswer,
  HttpPort,
  HttpRequest,
  OpenSocket,
  SocketHandlers,
  SocketPort,
} from '../src/ports.ts';

export const PLAYER = '00000000000000aa';

type Columns = { readonly [component: string]: { readonly [field: string]: ArrayLike<number> } };

/** What the line between client and server does. */
export interface Line {
  /** One way. */
  delayMs: number;
  /** Added to a message, drawn anew for each; order is kept, as TCP does. */
  jitterMs: () => number;
  /** Frames that the server fails to send; it says their content later. */
  loseFrame: () => boolean;
  loseInput: () => boolean;
  duplicateFrame: () => boolean;
}

interface Waiting {
  readonly sequence: number;
  readonly name: string;
  readonly value: unknown;
  readonly tick: number;
}

/** One zone: the real ruleset, encoder, mirror and view; only the services around them are fake. */
export class FakeZone {
  readonly ruleset: AnyRuleset;
  readonly id: string;
  readonly params: unknown;
  epoch: number;
  /** Names it on the wire. */
  readonly index: number;
  runtime: ZoneRuntime;
  #encoder: ZoneEncoder;
  #waiting: Waiting[] = [];
  #operations: Operation[] = [];
  mirror: Mirror;
  /** Every input that reached a handler, for once-only checks. */
  readonly executed: Waiting[] = [];

  constructor(
    ruleset: AnyRuleset,
    id: string,
    epoch: number,
    {
      snapshot,
      params = {},
      index = epoch,
    }: { snapshot?: Uint8Array; params?: unknown; index?: number } = {},
  ) {
    this.ruleset = ruleset;
    this.id = id;
    this.epoch = epoch;
    this.index = index;
    this.params = params;
    const birth = { zoneId: id, zoneNumber: 7, seed: id, params, idKey: [3, 4] as const };
    const restored = snapshot && ZoneRuntime.restore(ruleset, { zoneId: id }, snapshot);
    this.runtime = restored instanceof ZoneRuntime ? restored : ZoneRuntime.create(ruleset, birth);
    this.#encoder = new ZoneEncoder(this.runtime);
    this.mirror = new Mirror(ruleset.wire, ruleset.definition.interest);
  }

  get tick(): number {
    return this.runtime.state.tick;
  }

  do(operation: Record<string, unknown>): void {
    this.#operations.push({ ...operation, tick: this.tick + 1 } as unknown as Operation);
  }

  receive(input: Waiting): void {
    this.#waiting.push(input);
  }

  /** Where an entity of the own player stands, exactly. */
  exact(component: string, field: string): number {
    const { table, state } = this.runtime;
    return (state.columns as unknown as Columns)[component]![field]![table.avatar(table.find(PLAYER))]!;
  }

  sequence(): number {
    const row = this.runtime.table.find(PLAYER);
    return row < 0 ? 0 : this.runtime.table.columns.sequence[row];
  }

  step(): ZoneEvent[] {
    const tick = this.tick + 1;
    const due = this.#waiting.filter((input) => input.tick <= tick || input.tick > tick + 10);
    this.#waiting = this.#waiting.filter((input) => !due.includes(input));
    const operations = [...this.#operations, ...due.flatMap((input) => this.#operationOf(input, tick))];
    this.#operations = [];
    const previousTick = this.#encoder.tick;
    this.runtime.step(tick, operations);
    const message = this.#encoder.encode({ epoch: this.epoch, tick, previousTick }, this.runtime.output);
    this.mirror.apply(message);
    return this.mirror.takeEvents();
  }

  #operationOf(input: Waiting, tick: number): Operation[] {
    const compiled = this.ruleset.inputs.find(({ name }) => name === input.name);
    const value = compiled?.codec.encode(input.value);
    if (compiled === undefined || value === undefined) return [];
    if (input.sequence > this.sequence()) this.executed.push(input);
    const { sequence } = input;
    return [{ kind: 'input', tick, player: PLAYER, sequence, input: compiled.kind, source: 'player', value }];
  }
}

interface Peer {
  readonly handlers: SocketHandlers;
  view: View | undefined;
  isOpen: boolean;
  /** Messages keep their order on the way: none arrives before the one ahead of it. */
  inAtMs: number;
  outAtMs: number;
}

/** A server for one player, on a fake clock: REST, sockets, and a zone that ticks. */
export class FakeServer implements HttpPort, SocketPort {
  readonly line: Line = {
    delayMs: 25,
    jitterMs: () => 0,
    loseFrame: () => false,
    loseInput: () => false,
    duplicateFrame: () => false,
  };
  readonly requests: string[] = [];
  zone: FakeZone;
  isUp = true;
  tokens = 0;
  /** Access tokens before this one are refused. */
  oldestToken = 0;
  logins = 0;
  joins = 0;
  resumes = 0;
  resumeWorks = true;
  refreshWorks = true;
  /** The reason that new connections are refused with; empty: they are not. */
  refuses = '';
  readonly #clock: FakeClock;
  #peers: Peer[] = [];

  constructor(clock: FakeClock, zone: FakeZone) {
    this.#clock = clock;
    this.zone = zone;
    this.#tick();
  }

  /** Open connections. */
  get sockets(): number {
    return this.#peers.length;
  }

  /** The process dies: sockets break, nobody answers. */
  kill(): void {
    this.isUp = false;
    this.cut('transport close');
  }

  /** It comes back with the state it had, in a new epoch, and knows no resume token. */
  start(): void {
    this.#takeOver(this.zone.epoch + 1);
    this.resumeWorks = false;
    this.isUp = true;
  }

  /** Another process owns the zone from now on; the sockets stay. */
  changeHands(): void {
    this.#takeOver(this.zone.index);
    this.zone.step();
    for (const peer of this.#peers) {
      peer.view = this.#view();
      this.#tell(peer, 'zone', this.#news());
    }
  }

  /** Breaks the sockets. */
  cut(detail = 'transport close'): void {
    const peers = this.#peers;
    this.#peers = [];
    for (const peer of peers) {
      if (!peer.isOpen) continue;
      peer.isOpen = false;
      peer.handlers.closed(detail);
    }
    if (peers.length > 0) this.zone.do({ kind: 'drop', player: PLAYER });
  }

  /** Moves the player to another zone. */
  handoff(zone: FakeZone): void {
    this.zone.do({ kind: 'leave', player: PLAYER, reason: 'moved' });
    const sequence = this.zone.sequence();
    this.zone.step();
    this.zone = zone;
    this.#seat();
    zone.runtime.table.columns.sequence[zone.runtime.table.find(PLAYER)] = sequence;
    for (const peer of this.#peers) this.#enter(peer, (info) => this.#tell(peer, 'zone', info));
  }

  /** The zone may have missed inputs: it has them sent again. */
  ask(): void {
    this.tellAll('zone', this.#news());
  }

  tellAll(name: string, value: unknown): void {
    for (const peer of this.#peers) this.#tell(peer, name, value);
  }

  async request({ method, url, body, token, timeoutMs }: HttpRequest): Promise<HttpAnswer> {
    const path = url.replace(/^http:\/\/[^/]+/, '');
    this.requests.push(`${method} ${path}`);
    const delayMs = this.line.delayMs * 2;
    await new Promise<void>((resolve) => this.#clock.after(Math.min(timeoutMs, delayMs), resolve));
    if (!this.isUp || delayMs > timeoutMs) throw new Error('connection refused');
    return this.#answer(path, body as Record<string, unknown>, token);
  }

  open(url: string, auth: { readonly [key: string]: unknown }, handlers: SocketHandlers): OpenSocket {
    const peer: Peer = { handlers, view: undefined, isOpen: true, inAtMs: 0, outAtMs: 0 };
    this.#clock.after(this.line.delayMs * 2, () => this.#handshake(peer, auth));
    return {
      bytesIn: 0,
      bytesOut: 0,
      sendBytes: (bytes) => this.#up(peer, () => this.#received(peer, bytes)),
      request: (name, value, timeoutMs, answered) => {
        const cancel = this.#clock.after(timeoutMs, () => answered(undefined));
        this.#up(peer, () =>
          this.#asked(peer, name, value, (answer) => {
            cancel();
            answered(answer);
          }),
        );
      },
      close: () => {
        peer.isOpen = false;
        this.#peers = this.#peers.filter((other) => other !== peer);
      },
    };
  }

  #answer(path: string, body: Record<string, unknown>, token: string | undefined): HttpAnswer {
    if (path === '/refresh' && !this.refreshWorks) {
      return { status: 401, body: { reason: 'session-expired', detail: 'over', next: '' } };
    }
    if (path === '/login' || path === '/refresh') {
      this.logins += path === '/login' ? 1 : 0;
      this.tokens += 1;
      const name = (body.username as string) ?? 'Ada';
      const accessToken = String(this.tokens);
      const lasts = { expiresInSeconds: 900, sessionEndsInSeconds: 14_400 };
      return {
        status: 200,
        body: { player: PLAYER, name, accessToken, refreshToken: `r${this.tokens}`, ...lasts },
      };
    }
    if (!this.#knows(token))
      return { status: 401, body: { reason: 'session-expired', detail: 'old', next: '' } };
    if (path !== '/join') return { status: 404, body: { reason: 'unknown-zone', detail: path, next: '' } };
    this.joins += 1;
    return {
      status: 200,
      body: { ticket: 't', url: '', zone: this.zone.id, world: 'world', expiresInSeconds: 30 },
    };
  }

  #knows(token: unknown): boolean {
    return Number(token) >= this.oldestToken && Number(token) > 0;
  }

  #handshake(peer: Peer, auth: { readonly [key: string]: unknown }): void {
    if (!peer.isOpen) return;
    if (!this.isUp) {
      peer.handlers.failed('connection refused');
      return;
    }
    if (this.refuses !== '') {
      peer.handlers.refused(this.refuses, 'not now');
      return;
    }
    if (!this.#knows(auth.token)) {
      peer.handlers.refused('session-expired', 'the token is old');
      return;
    }
    this.#peers.push(peer);
    peer.handlers.opened();
  }

  /** Something on its way to the server. */
  #up(peer: Peer, arrive: () => void): void {
    const now = this.#clock.now();
    peer.inAtMs = Math.max(peer.inAtMs, now + this.line.delayMs + this.line.jitterMs());
    this.#clock.after(peer.inAtMs - now, () => {
      if (peer.isOpen && this.isUp) arrive();
    });
  }

  #down(peer: Peer, arrive: () => void): void {
    const now = this.#clock.now();
    peer.outAtMs = Math.max(peer.outAtMs, now + this.line.delayMs + this.line.jitterMs());
    this.#clock.after(peer.outAtMs - now, () => {
      if (peer.isOpen) arrive();
    });
  }

  #received(peer: Peer, bytes: Uint8Array): void {
    if (peer.view === undefined || this.line.loseInput()) return;
    const read = readInputFrame(bytes);
    if (!read.ok) throw new Error(`an input frame that is ${read.reason}`);
    for (const { sequence, tick, kind, value } of read.inputs) {
      const compiled = this.zone.ruleset.inputs[kind];
      const decoded = compiled?.codec.decode(value);
      if (compiled === undefined || !decoded?.ok)
        throw new Error(`an input of kind ${kind} that cannot be read`);
      this.zone.receive({ sequence, name: compiled.name, value: decoded.value, tick });
    }
  }

  #asked(peer: Peer, name: string, value: unknown, answer: (value: unknown) => void): void {
    const { tick } = this.zone;
    if (name === 'clock') {
      this.#down(peer, () => answer({ ...(value as object), tick, zoneTimeMs: tick * 50 }));
    } else if (name === 'join' && 'resume' in (value as object) && !this.resumeWorks) {
      this.#down(peer, () => answer({ ok: false, reason: 'ticket-invalid', detail: 'unknown' }));
    } else if (name === 'join') {
      this.resumes += 'resume' in (value as object) ? 1 : 0;
      this.#seat();
      this.#enter(peer, (info) => this.#down(peer, () => answer({ ok: true, ...info })));
    } else if (name === 'leave') {
      this.#down(peer, () => answer({ ok: true }));
    }
  }

  #seat(): void {
    this.resumeWorks = true;
    const [name, character, gateway] = ['Ada', new Uint8Array(0), 'g'];
    this.zone.do({ kind: 'join', player: PLAYER, name, character, gateway });
    this.zone.step();
  }

  #enter(peer: Peer, tell: (info: Record<string, unknown>) => void): void {
    peer.view = this.#view();
    tell(this.#info());
  }

  #view(): View {
    return new View(this.zone.mirror, {
      player: PLAYER,
      budgetBytesPerSecond: 1e6,
      maxMessageBytes: 65_536,
      zoneIndex: this.zone.index,
    });
  }

  #takeOver(index: number): void {
    const { ruleset, id, epoch, runtime, executed, params } = this.zone;
    this.zone = new FakeZone(ruleset, id, epoch + 1, { snapshot: runtime.snapshot(), index, params });
    this.zone.executed.push(...executed);
  }

  #info(): Record<string, unknown> {
    const schema: WireSchema = JSON.parse(JSON.stringify(this.zone.ruleset.wire));
    return { ...this.#news(), params: this.zone.params, schema };
  }

  /** For who was told of the zone before. */
  #news(): Record<string, unknown> {
    const { zone } = this;
    const { runtime, ruleset } = zone;
    const avatar = runtime.table.avatar(runtime.table.find(PLAYER));
    const { name, tickHz } = ruleset;
    const you = runtime.state.stableId(avatar);
    const where = { index: zone.index, zone: zone.id, world: 'world', ruleset: name, epoch: zone.epoch };
    const resume = `resume-${zone.epoch}`;
    return {
      ...where,
      tick: zone.tick,
      tickHz,
      player: PLAYER,
      you,
      sequence: zone.sequence(),
      resume,
    };
  }

  #tick(): void {
    this.#clock.after(1000 / this.zone.ruleset.tickHz, () => this.#tick());
    if (!this.isUp) return;
    const events = this.zone.step();
    for (const peer of this.#peers) {
      this.#tellEvents(peer, events);
      this.#sendFrames(peer);
    }
  }

  #tellEvents(peer: Peer, events: readonly ZoneEvent[]): void {
    for (const event of events) {
      const compiled = this.zone.ruleset.events[event.kind]!;
      const decoded = compiled.codec.decode(event.bytes);
      const value = decoded.ok ? decoded.value : null;
      this.#tell(peer, 'event', { zone: this.zone.id, tick: event.tick, name: compiled.name, value });
    }
  }

  #sendFrames(peer: Peer): void {
    if (peer.view === undefined) return;
    if (this.line.loseFrame()) {
      peer.view.skipped();
      return;
    }
    const taken = peer.view.take(this.zone.tick);
    for (const bytes of taken?.frames ?? []) {
      this.#down(peer, () => peer.handlers.frame(bytes.slice()));
      if (this.line.duplicateFrame()) this.#down(peer, () => peer.handlers.frame(bytes.slice()));
    }
  }

  #tell(peer: Peer, name: string, value: unknown): void {
    this.#down(peer, () => peer.handlers.event(name, value));
  }
}
