import { gatewayNotices, isRefusal } from '@overworld/contracts';
import { GATEWAY_DEFAULTS, Hub, InputDoor, PlayerConnection } from '@overworld/gateway/core';
import type { Bus, Clock } from '@overworld/ports';
import { EVENTS, PROTOCOL_VERSION } from '@overworld/protocol';
import type { AnyRuleset } from '@overworld/ruleset';
import type { FakeRandom } from '@overworld/testkit';
import type { LineEnd } from './sim-line.ts';
import type { SimProcess } from './sim-process.ts';
import { hear, simServices } from './sim-services.ts';

const SESSION_ENDS_MS = 1e15;
const MUCH_BYTES = 1_000_000;

type Socket = ConstructorParameters<typeof PlayerConnection>[0];
type HubPorts = ConstructorParameters<typeof Hub>[1];

export interface Who {
  readonly player: string;
  readonly name: string;
  /** One login of the player: each device has its own. */
  readonly sessionId: string;
}

export interface GatewayPorts {
  readonly process: SimProcess;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly random: FakeRandom;
  readonly rulesets: ReadonlyMap<string, AnyRuleset>;
}

/** A gateway process: the service's own hub, with lines in the place of sockets. */
export class SimGateway {
  readonly id: string;
  readonly ports: GatewayPorts;
  readonly hub: Hub;
  readonly inputs: InputDoor;
  #sockets = 0;

  constructor(id: string, ports: GatewayPorts) {
    this.id = id;
    this.ports = ports;
    const { bus, clock, random, rulesets } = ports;
    const options = { ...GATEWAY_DEFAULTS, id, secret: new Uint8Array(32), origins: [] };
    const ignore = (): void => {};
    this.hub = new Hub(options, {
      bus,
      clock,
      rulesets,
      services: simServices(bus),
      observer: {
        refused: ignore,
        measured: ignore,
        synced: ignore,
        inputs: ignore,
        batches: ignore,
        connections: ignore,
        streaming: ignore,
      },
      presence: { moved: ignore },
      random: () => random.next(),
      soon: (callback) => clock.after(0, callback),
    } satisfies HubPorts);
    this.inputs = new InputDoor({ now: () => clock.now(), askAi: ignore });
    hear<Parameters<Hub['arrived']>[0]>(bus, gatewayNotices.playerArrived, (arrival) =>
      this.hub.arrived(arrival),
    );
  }

  /** A client's handshake was accepted. */
  connect(who: Who, end: LineEnd): SimConnection {
    this.#sockets += 1;
    return new SimConnection(this, `${this.id}/${this.#sockets}`, who, end);
  }
}

/** One client at a gateway: what the service does with the events of its socket. */
export class SimConnection {
  readonly #gateway: SimGateway;
  readonly #connection: PlayerConnection;

  constructor(gateway: SimGateway, id: string, who: Who, end: LineEnd) {
    this.#gateway = gateway;
    const wishes = { token: '', protocol: PROTOCOL_VERSION, frames: 'raw', maxMessageBytes: 65_535 } as const;
    const claims = { ...who, sessionEndsAtMs: SESSION_ENDS_MS };
    const { hub } = gateway;
    this.#connection = new PlayerConnection(this.#socket(id, end), claims, wishes, hub);
    hub.add(this.#connection);
  }

  /** A bare binary message of the client. */
  receiveBytes(bytes: Uint8Array): void {
    this.#connection.heard();
    this.#gateway.inputs.frame(this.#connection, bytes);
  }

  alive(): void {
    this.#connection.alive();
  }

  /** An event of the client that is to be answered. */
  async answer(name: string, value: unknown, tell: (answer: unknown) => void): Promise<void> {
    const { hub } = this.#gateway;
    const connection = this.#connection;
    connection.heard();
    if (!connection.controlBucket.take(hub.now())) tell(refusal('rate-limited', name));
    else if (name === EVENTS.join) await this.#join(value as { ticket: string } | { resume: string }, tell);
    else if (name === EVENTS.leave) {
      const refused = await hub.leave(connection);
      tell(refused === undefined ? { ok: true } : refusal(refused.refused, refused.detail));
    } else if (name === EVENTS.clock) tell(this.#clock((value as { t: number }).t));
    else tell(refusal('bad-request', name));
  }

  /** The socket is gone. */
  ended(): void {
    this.#gateway.hub.remove(this.#connection);
  }

  async #join(
    request: { ticket: string } | { resume: string },
    tell: (answer: unknown) => void,
  ): Promise<void> {
    const connection = this.#connection;
    const joined = await this.#gateway.hub.join(connection, request);
    if (isRefusal(joined)) return tell(refusal(joined.refused, joined.detail));
    tell({ ok: true, ...joined });
    connection.seat?.open();
  }

  #clock(t: number): unknown {
    const { seat } = this.#connection;
    if (seat === undefined) return refusal('not-joined', 'you are in no zone');
    const zoneTimeMs = (seat.link.estimatedTick * 1000) / seat.link.ruleset.tickHz;
    return { t, tick: seat.link.mirror.tick, zoneTimeMs };
  }

  #socket(id: string, end: LineEnd): Socket {
    const wire = {
      get bufferedAmount() {
        return end.isBusy() ? MUCH_BYTES : 0;
      },
      readyState: 1,
      send: (bytes: Uint8Array) => end.frame(bytes),
    };
    const socket = {
      id,
      conn: {
        readyState: 'open',
        writeBuffer: [],
        transport: { name: 'websocket', socket: wire },
        sendPacket: () => end.ping(),
        close: () => {},
      },
      emit: (name: string, value: unknown) => end.emit(name, value),
      join: () => {},
      leave: () => {},
      disconnect: () => {
        end.close();
        this.#gateway.ports.clock.after(0, () => this.ended());
      },
    };
    return socket as unknown as Socket;
  }
}

function refusal(reason: string, detail: string): { readonly ok: false; reason: string; detail: string } {
  return { ok: false, reason, detail };
}
