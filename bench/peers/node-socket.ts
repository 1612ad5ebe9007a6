import type { CountingSocket } from './raw-player.ts';

/** Counts as the peers' own socket does, on the WebSocket that Node has. */
export class NodeSocket implements CountingSocket {
  bytes = 0;
  frames = 0;
  closed = false;
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;

  constructor(port: number, path: string, onFrame: (opcode: number, head: Buffer, length: number) => void) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    this.#socket.binaryType = 'arraybuffer';
    this.opened = new Promise((resolve, reject) => {
      this.#socket.onopen = () => resolve();
      this.#socket.onerror = () => reject(new Error('no connection'));
    });
    this.#socket.onclose = () => {
      this.closed = true;
    };
    this.#socket.onmessage = ({ data }) => {
      const bytes = Buffer.from(data as string & ArrayBuffer);
      this.bytes += bytes.length;
      this.frames += 1;
      onFrame(typeof data === 'string' ? 1 : 2, bytes.subarray(0, 256), bytes.length);
    };
  }

  send(payload: string | Buffer<ArrayBuffer>): void {
    this.#socket.send(payload);
  }

  close(): void {
    this.#socket.close();
  }
}
