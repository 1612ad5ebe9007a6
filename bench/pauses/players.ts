import { ByteReader } from '@overworld/kernel';
import { FRAME_FLAG, type InputRecord, LIMITS } from '@overworld/protocol';
import { headBytes } from '../peers/crowd.ts';
import { NodeSocket } from '../peers/node-socket.ts';
import type { RawPlayer } from '../peers/raw-player.ts';
import { answerWith, settingsOf } from '../scale/child.ts';
import { headAbout, joinCrowd, type Steered } from '../scale/crowd-door.ts';
import { GapWatch, type PlayersSetting, type Watched } from './watched.ts';

const BINARY = 2;
/** A tick: somebody whose input is in each of them has a frame of each, so that a longer gap is a pause. */
const INPUT_EVERY_MS = 50;
const TURNS = 10;
const reader = new ByteReader();

/** Notes when frames come, and reads no more of them than their beginning. */
class WatchedSocket extends NodeSocket {
  onFrame: (epoch: number, ack: number) => void = () => undefined;
  readonly gap = new GapWatch();

  constructor(port: number, path: string, onMessage: (opcode: number, head: Buffer, length: number) => void) {
    super(port, path, (opcode, head, length) => {
      if (opcode === BINARY) this.#saw(head);
      onMessage(opcode, head, length);
    });
  }

  #saw(head: Buffer): void {
    this.gap.saw();
    reader.reset(head);
    reader.u8();
    const flags = reader.u8();
    reader.u8();
    const epoch = reader.varint();
    reader.varint();
    this.onFrame(epoch, (flags & FRAME_FLAG.ack) === 0 ? 0 : reader.varint());
  }
}

/** Sends what the zone has not executed again to each new owner of the zone, as our client does. */
class FaithfulPlayer implements Steered {
  readonly #raw: RawPlayer;
  readonly #socket: WatchedSocket;
  #open: InputRecord[] = [];
  #epoch = -1;

  constructor(raw: RawPlayer) {
    this.#raw = raw;
    this.#socket = raw.socket as WatchedSocket;
    this.#socket.onFrame = (epoch, ack) => this.#saw(epoch, ack);
  }

  head(sequence: number, dir: number): void {
    const record = { sequence, tick: 0, ...headBytes(dir) };
    this.#open.push(record);
    this.#raw.inputs([record]);
  }

  take(): Watched {
    const { closed: isClosed } = this.#socket;
    return { gapMs: this.#socket.gap.takeMs(), epoch: this.#epoch, isClosed };
  }

  close(): void {
    this.#raw.close();
  }

  #saw(epoch: number, ack: number): void {
    while (this.#open[0] !== undefined && this.#open[0].sequence <= ack) this.#open.shift();
    const isNewOwner = this.#epoch >= 0 && epoch !== this.#epoch;
    this.#epoch = epoch;
    if (!isNewOwner) return;
    for (let from = 0; from < this.#open.length; from += LIMITS.maxInputsPerFrame)
      this.#raw.inputs(this.#open.slice(from, from + LIMITS.maxInputsPerFrame));
  }
}

const { port, players: count, world } = settingsOf<PlayersSetting>();
const joined = await joinCrowd(WatchedSocket, { port, players: count, worldOf: () => world });
const players = joined.map((raw) => new FaithfulPlayer(raw));
headAbout(players, TURNS, INPUT_EVERY_MS);
answerWith({ take: () => players.map((player) => player.take()) }, async () => {
  for (const player of players) player.close();
});
