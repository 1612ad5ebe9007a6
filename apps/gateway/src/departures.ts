import { binaryMessage } from './server-message.ts';

/** What takes messages: a TCP socket. */
export interface Wire {
  write(message: Buffer): boolean;
}

/** So many go together: with more, the first would wait for the last, and little would be won. */
const MOST_HELD = 32;

/**
 * Messages on their way out. While they are held they gather, and go one right behind the other: some views of one tick are made
 * first and written then, for each of the two is quicker in one go, and who reads them wakes up once. Of one wire they keep
 * their order.
 */
export class Departures {
  readonly #wires: Wire[] = [];
  readonly #messages: Buffer[] = [];
  #isHeld = false;
  #frame: Uint8Array | undefined;
  #message: Buffer = Buffer.alloc(0);

  /** Many clients are handed one object when they are told the same: the message for it is made once. */
  frame(wire: Wire, frame: Uint8Array): void {
    if (frame !== this.#frame) this.#message = binaryMessage(frame);
    this.#frame = frame;
    this.write(wire, this.#message);
  }

  write(wire: Wire, message: Buffer): void {
    if (this.#isHeld) {
      this.#wires.push(wire);
      this.#messages.push(message);
      if (this.#messages.length >= MOST_HELD) this.#go();
    } else wire.write(message);
  }

  /** Whatever `make` writes goes when it has ended, however it ends. */
  together(make: () => void): void {
    if (this.#isHeld) {
      make();
      return;
    }
    this.#isHeld = true;
    try {
      make();
    } finally {
      this.#isHeld = false;
      this.#go();
    }
  }

  #go(): void {
    try {
      for (let index = 0; index < this.#wires.length; index++) {
        (this.#wires[index] as Wire).write(this.#messages[index] as Buffer);
      }
    } finally {
      this.#wires.length = 0;
      this.#messages.length = 0;
    }
  }
}
