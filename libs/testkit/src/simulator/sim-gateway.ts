import type { Bus, Clock } from '@overworld/ports';
import { EVENTS } from '@overworld/protocol';
import type { AnyRuleset } from '@overworld/ruleset';
import type { LineEnd } from './sim-line.ts';
import { SimLink } from './sim-link.ts';
import type { SimProcess } from './sim-process.ts';
import { type SeatHolder, SimSeat } from './sim-seat.ts';
import { isRefused, type Place, type SimSession } from './sim-session.ts';

const JOIN_TIMEOUT_MS = 5_000;
const LEAVE_TIMEOUT_MS = 2_000;
const HANDOFF_TIMEOUT_MS = 15_000;
const BUDGET_BYTES_PER_SECOND = 64_000;

export interface GatewayPorts {
  readonly process: SimProcess;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly session: SimSession;
  readonly rulesetOf: (zone: string) => AnyRuleset;
}

/** A gateway without sockets: what the service does with its connections, its seats and its links to zones. */
export class SimGateway {
  readonly id: string;
  readonly ports: GatewayPorts;
  readonly connections = new Map<string, SimConnection>();
  readonly #links = new Map<string, SimLink>();

  constructor(id: string, ports: GatewayPorts) {
    this.id = id;
    this.ports = ports;
  }

  /** A client's handshake was accepted. */
  connect(player: string, name: string, end: LineEnd): SimConnection {
    this.connections.get(player)?.close('replaced');
    const connection = new SimConnection(this, player, name, end);
    this.connections.set(player, connection);
    this.ports.session.arrived(player, this);
    return connection;
  }

  link(zone: string): SimLink {
    const known = this.#links.get(zone);
    if (known !== undefined && !known.isClosed) return known;
    const { bus, clock, process, session, rulesetOf } = this.ports;
    const ensure = (id: string): Promise<void> => process.wait(session.ensure(id));
    const link = new SimLink(zone, rulesetOf(zone), { gateway: this.id, bus, clock, ensure });
    this.#links.set(zone, link);
    return link;
  }

  seat(connection: SimConnection, place: Place, character: Uint8Array): SimSeat {
    const { zone, world, params } = place;
    const { clock } = this.ports;
    const options = { index: connection.takeIndex(), gateway: this.id, world, params, character, clock };
    return new SimSeat(connection, this.link(zone), options);
  }
}

/** One client at a gateway. */
export class SimConnection implements SeatHolder {
  readonly player: string;
  readonly name: string;
  readonly budgetBytesPerSecond = BUDGET_BYTES_PER_SECOND;
  readonly #gateway: SimGateway;
  readonly #end: LineEnd;
  #seat: SimSeat | undefined;
  #former: SimSeat | undefined;
  #isJoining = false;
  #nextIndex = 0;
  #isClosed = false;

  constructor(gateway: SimGateway, player: string, name: string, end: LineEnd) {
    this.#gateway = gateway;
    this.player = player;
    this.name = name;
    this.#end = end;
  }

  takeIndex(): number {
    this.#nextIndex = (this.#nextIndex + 1) % 256;
    return this.#nextIndex;
  }

  emit(name: string, value: unknown): void {
    if (!this.#isClosed) this.#end.emit(name, value);
  }

  frame(bytes: Uint8Array): void {
    if (!this.#isClosed) this.#end.frame(bytes);
  }

  isBusy(): boolean {
    return this.#end.isBusy();
  }

  /** An event of the client. */
  receive(name: string, value: unknown): void {
    if (name === EVENTS.input)
      this.#input(value as { sequence: number; name: string; value: unknown; tick?: number });
  }

  /** An event of the client that is to be answered. */
  async answer(name: string, value: unknown): Promise<unknown> {
    if (name === EVENTS.join) return this.#join(value as { ticket?: string; resume?: string });
    if (name === EVENTS.leave) return this.#leave();
    if (name !== EVENTS.clock) return { ok: false, reason: 'bad-request', detail: name };
    const { mirror, ruleset } = this.#seat?.link ?? {};
    const tick = Math.max(0, mirror?.tick ?? 0);
    return { t: (value as { t: number }).t, tick, zoneTimeMs: (tick * 1000) / (ruleset?.tickHz ?? 20) };
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.emit(EVENTS.closing, { reason, detail: reason, reconnectAfterMs: 0 });
    this.ended();
    this.#end.close();
  }

  /** The socket is gone. */
  ended(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#seat?.end(true);
    this.#former?.end(false);
    this.#seat = undefined;
    this.#former = undefined;
    const { connections } = this.#gateway;
    if (connections.get(this.player) === this) connections.delete(this.player);
  }

  follow(from: SimSeat, toZone: string): void {
    this.#former = from;
    void this.#follow(from, toZone);
  }

  cameBack(seat: SimSeat): void {
    if (this.#seat !== seat) this.#seat?.end(false);
    this.#seat = seat;
    this.#former = undefined;
    this.emit(EVENTS.zone, seat.info());
    seat.open();
  }

  lostSeat(seat: SimSeat, reason: string): void {
    if (this.#seat !== seat) return;
    this.#seat = undefined;
    this.emit(EVENTS.left, { zone: seat.link.zone, reason });
  }

  #input({
    sequence,
    name,
    value,
    tick = 0,
  }: {
    sequence: number;
    name: string;
    value: unknown;
    tick?: number;
  }): void {
    const seat = this.#seat;
    const input = seat?.link.ruleset.inputs.find((each) => each.name === name);
    const bytes = input?.codec.encode(value);
    if (seat === undefined || input === undefined || bytes === undefined) {
      this.emit(EVENTS.refused, {
        sequence,
        input: name,
        reason: 'not-joined',
        detail: 'you are in no zone',
      });
      return;
    }
    if (!seat.isSeated) return;
    const command = { kind: 'input', player: this.player, sequence, tick, input: input.kind } as const;
    seat.link.push({ ...command, source: 'player', value: bytes });
  }

  async #join(request: { ticket?: string; resume?: string }): Promise<unknown> {
    if (this.#isJoining) return refusal('busy');
    this.#isJoining = true;
    try {
      return await this.#enter(request);
    } finally {
      this.#isJoining = false;
    }
  }

  async #enter(request: { ticket?: string; resume?: string }): Promise<unknown> {
    const { process, session } = this.#gateway.ports;
    const redeemed = await process.wait(session.enter(this.player, request.resume !== undefined));
    if (isRefused(redeemed)) return refusal(redeemed.refused);
    if (this.#isClosed) return refusal('busy');
    this.#seat?.end(false);
    const seat = this.#gateway.seat(this, redeemed, redeemed.character);
    this.#seat = seat;
    const entered = await seat.join(JOIN_TIMEOUT_MS);
    if (entered.ok) {
      // Frames come behind the answer.
      this.#gateway.ports.clock.after(0, () => seat.open());
      return { ok: true, ...seat.info() };
    }
    if (this.#seat === seat) this.#seat = undefined;
    seat.end(entered.reason === 'zone-unavailable');
    return refusal(entered.reason);
  }

  async #leave(): Promise<unknown> {
    const seat = this.#seat;
    if (seat === undefined) return refusal('not-joined');
    this.#seat = undefined;
    await seat.leave('left', LEAVE_TIMEOUT_MS);
    seat.end(false);
    return { ok: true };
  }

  async #follow(from: SimSeat, toZone: string): Promise<void> {
    const { process, session } = this.#gateway.ports;
    const place = await process.wait(session.moved(this.player, toZone));
    if (this.#isClosed || this.#former !== from) return;
    const seat = this.#gateway.seat(this, place, new Uint8Array(0));
    this.#seat = seat;
    const entered = await seat.arrive(HANDOFF_TIMEOUT_MS);
    if (this.#isClosed || this.#seat !== seat) {
      seat.end(false);
      return;
    }
    if (!entered.ok) {
      this.#lose(seat);
      return;
    }
    this.#former = undefined;
    from.end(false);
    this.emit(EVENTS.zone, seat.info());
    seat.open();
  }

  #lose(seat: SimSeat): void {
    this.#former?.end(false);
    this.#former = undefined;
    this.#seat = seat;
    seat.end(false);
    this.lostSeat(seat, 'zone-unavailable');
  }
}

function refusal(reason: string): { readonly ok: false; readonly reason: string; readonly detail: string } {
  return { ok: false, reason, detail: reason };
}
