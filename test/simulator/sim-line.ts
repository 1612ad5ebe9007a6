import type {
  HttpAnswer,
  HttpPort,
  HttpRequest,
  OpenSocket,
  SocketHandlers,
  SocketPort,
} from '@overworld/client';
import type { Clock } from '@overworld/ports';
import type { FakeRandom } from '@overworld/testkit';
import type { SimConnection, SimGateway, Who } from './sim-gateway.ts';

/** A gateway's end of a socket. */
export interface LineEnd {
  emit(name: string, value: unknown): void;
  frame(bytes: Uint8Array): void;
  isBusy(): boolean;
  /** Asks the client for a sign of life. */
  ping(): void;
  close(): void;
}

const BUSY_FRAMES = 12;

export interface LinePorts {
  readonly clock: Clock;
  readonly random: FakeRandom;
  /** The gateway to which the balancer leads this time, or undefined when nobody listens. */
  gateway(): SimGateway | undefined;
  /** Chance that an input is sent twice, in [0, 1]. */
  duplicateChance(): number;
}

/**
 * One socket between a client and a gateway. What is sent arrives in order, after the line's delay, or the whole line
 * breaks: what was under way is then lost, and both ends hear of it, each in its own time.
 */
export class SimLine implements OpenSocket {
  readonly bytesIn = 0;
  readonly bytesOut = 0;
  readonly gateway: SimGateway;
  readonly #ports: LinePorts;
  readonly #handlers: SocketHandlers;
  readonly #delayMs: number;
  #connection: SimConnection | undefined;
  #isOpen = true;
  #isBelieved = true;
  readonly #inbox: (() => void)[] = [];
  #framesUnderWay = 0;
  /** Until then the client takes nothing: frames pile up on the way. */
  stalledUntilMs = 0;

  constructor(ports: LinePorts, gateway: SimGateway, who: Who, handlers: SocketHandlers) {
    this.#ports = ports;
    this.gateway = gateway;
    this.#handlers = handlers;
    this.#delayMs = ports.random.between(2, 60);
    this.#toGateway(() => {
      if (gateway.hub.isDraining) return this.#refuse();
      const end: LineEnd = {
        emit: (name, value) => this.#toClient(() => handlers.event(name, value)),
        frame: (bytes) => this.#frame(bytes),
        isBusy: () => this.#framesUnderWay >= BUSY_FRAMES,
        ping: () => this.#toClient(() => this.#toGateway(() => this.#connection?.alive())),
        close: () => this.#toClient(() => this.#closeClient('the server closed the connection')),
      };
      this.#connection = gateway.connect(who, end);
      this.#toClient(() => handlers.opened());
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The client has not heard of its end yet. */
  get isBelieved(): boolean {
    return this.#isBelieved;
  }

  sendBytes(bytes: Uint8Array): void {
    const copies = this.#ports.random.chance(this.#ports.duplicateChance()) ? 2 : 1;
    const receive = (): void => this.#connection?.receiveBytes(bytes);
    this.#toGateway(receive);
    // A client that has not seen the acknowledgement yet sends it once more.
    if (copies > 1)
      this.#ports.clock.after(this.#ports.random.between(0, 300), () => this.#toGateway(receive));
  }

  request(name: string, value: unknown, timeoutMs: number, answered: (value: unknown) => void): void {
    let isDone = false;
    const done = (answer: unknown): void => {
      if (isDone) return;
      isDone = true;
      cancel();
      answered(answer);
    };
    const cancel = this.#ports.clock.after(timeoutMs, () => done(undefined));
    this.#toGateway(() => {
      void this.#connection?.answer(name, value, (result) => this.#toClient(() => done(result)));
    });
  }

  /** The client hangs up. */
  close(): void {
    this.#isBelieved = false;
    this.#break();
  }

  #break(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const connection = this.#connection;
    const { process } = this.gateway.ports;
    this.#ports.clock.after(this.#delayMs, () => process.run(() => connection?.ended()));
  }

  /** The line breaks. The gateway may notice much later than the client, or the other way round. */
  cut(): void {
    if (!this.#isOpen) return;
    this.#break();
    this.#ports.clock.after(this.#ports.random.between(0, 400), () => {
      this.#isBelieved = false;
      this.#handlers.closed('the line broke');
    });
  }

  #refuse(): void {
    this.#toClient(() => {
      this.#isOpen = this.#isBelieved = false;
      this.#handlers.refused('draining', 'this gateway is about to stop');
    });
  }

  #closeClient(detail: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = this.#isBelieved = false;
    this.#handlers.closed(detail);
  }

  #frame(bytes: Uint8Array): void {
    this.#framesUnderWay += 1;
    this.#toClient(() => {
      this.#framesUnderWay -= 1;
      this.#handlers.frame(bytes);
    });
  }

  /** Timers that are due together may fire in another order by a rounding: what is delivered is always the oldest. */
  #toClient(deliver: () => void): void {
    const stallMs = Math.max(0, this.stalledUntilMs - this.#ports.clock.now());
    this.#inbox.push(deliver);
    this.#ports.clock.after(stallMs + this.#delayMs, () => {
      const next = this.#inbox.shift();
      if (this.#isOpen) next?.();
    });
  }

  #toGateway(deliver: () => void): void {
    const { process } = this.gateway.ports;
    this.#ports.clock.after(this.#delayMs, () => {
      if (this.#isOpen) process.run(() => (this.#isOpen ? deliver() : undefined));
    });
  }
}

/** The sockets that a client opens: one, or two while it goes over from one gateway to another. */
export class SimSockets implements SocketPort {
  readonly #ports: LinePorts;
  readonly #who: Who;
  #lines: SimLine[] = [];

  constructor(ports: LinePorts, who: Who) {
    this.#ports = ports;
    this.#who = who;
  }

  /** The newest one. */
  get line(): SimLine | undefined {
    return this.#lines.at(-1);
  }

  /** Lines that the client counts on, be they open or not. */
  get believedLines(): number {
    return this.#lines.filter((line) => line.isBelieved).length;
  }

  /** The gateway has died: whoever was connected to it loses the line. */
  cut(gateway: SimGateway): void {
    for (const line of this.#lines) if (line.gateway === gateway) line.cut();
  }

  open(_url: string, _auth: { readonly [key: string]: unknown }, handlers: SocketHandlers): OpenSocket {
    const gateway = this.#ports.gateway();
    if (gateway === undefined) {
      this.#ports.clock.after(5, () => handlers.failed('connection refused'));
      return { sendBytes: () => {}, request: () => {}, close: () => {}, bytesIn: 0, bytesOut: 0 };
    }
    const line = new SimLine(this.#ports, gateway, this.#who, handlers);
    this.#lines = [...this.#lines.filter((other) => other.isOpen || other.isBelieved), line];
    return line;
  }
}

/** REST, answered by one function after a short while, or not in time. */
export class SimHttp implements HttpPort {
  readonly #clock: Clock;
  readonly #answer: (request: HttpRequest) => Promise<HttpAnswer>;

  constructor(clock: Clock, answer: (request: HttpRequest) => Promise<HttpAnswer>) {
    this.#clock = clock;
    this.#answer = answer;
  }

  request(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(request.timeoutMs, () => reject(new Error('no answer in time')));
      this.#clock.after(5, () => {
        this.#answer(request).then(resolve, reject).finally(cancel);
      });
    });
  }
}
