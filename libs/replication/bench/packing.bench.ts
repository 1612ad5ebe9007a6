/*
 * What a smaller body of frames would save, and what it would cost: `npm run bench -- packing`.
 * The frames are those of walkers in a dense place. Beside the bytes as they are: the same packed bit by bit, as far as their
 * schema says how many bits a value takes; and squeezed by a general coder, each frame alone and with the frames before it as a
 * dictionary.
 */
import { deflateRawSync, zstdCompressSync } from 'node:zlib';
import { readFrame, type FrameSink } from '@overworld/protocol';
import { type Figure, figureOf, isSmoke, report } from '../../../bench/results.ts';
import { View } from '../src/gateway/index.ts';
import { Field, type FieldOptions, field } from './field.ts';

const [WARM_UP_TICKS, TICKS_PER_ROUND, ROUNDS] = isSmoke ? [5, 5, 2] : [100, 40, 5];
const BYTES_PER_SECOND = 64_000;
const MESSAGE_BYTES = 65_535;
const DICTIONARY_BYTES = 8192;
const HEADER_BITS = 8 * 8;
const COUNT_BITS = 8;
const FLAG_BITS = 1;
/** A start that is at most so old takes five bits in place of sixteen, and a flag. */
const YOUNG_TICKS = 32;
const YOUNG_BITS = 5;

const WAYS = ['as it is', 'bits', 'deflate', 'deflate with a dictionary', 'zstd'] as const;
type Way = (typeof WAYS)[number];

/** Counts what a frame would take if every value took the bits that it needs, and no more. */
class BitCount implements FrameSink {
  bits = 0;
  readonly #idBits: number;
  #tick = 0;

  constructor(inSight: number) {
    this.#idBits = Math.max(1, Math.ceil(Math.log2(inSight)));
  }

  begin({ tick }: { readonly tick: number }): void {
    this.#tick = tick;
    this.bits = HEADER_BITS + COUNT_BITS;
  }

  leave(): void {
    this.bits += this.#idBits;
  }

  enter(): void {
    this.bits += this.#idBits + 64 + FLAG_BITS + field.wire.components.length;
  }

  update(): void {
    // One flag for "the same components as the one before", which nearly all have.
    this.bits += this.#idBits + FLAG_BITS;
  }

  component(...[{ motion }, bytes, offset, lengthBytes]: Parameters<FrameSink['component']>): void {
    if (motion === undefined) {
      this.bits += lengthBytes * 8;
      return;
    }
    const start = new DataView(bytes.buffer, bytes.byteOffset).getUint16(offset + lengthBytes - 2, true);
    const isYoung = ((this.#tick - start) & 0xffff) < YOUNG_TICKS;
    this.bits += (lengthBytes - 2) * 8 + FLAG_BITS + (isYoung ? YOUNG_BITS : 16);
  }

  end(): void {}
}

interface Spent {
  bytes: number;
  us: number;
}

class Trial {
  readonly #world: Field;
  readonly #views: readonly View[];
  readonly #before: Uint8Array[];
  readonly spent = Object.fromEntries(WAYS.map((way) => [way, { bytes: 0, us: 0 }])) as Record<Way, Spent>;
  frames = 0;

  constructor(options: FieldOptions) {
    this.#world = new Field(options);
    const budget = { budgetBytesPerSecond: BYTES_PER_SECOND, maxMessageBytes: MESSAGE_BYTES };
    this.#views = this.#world.players.map((player) => new View(this.#world.mirror, { player, ...budget }));
    this.#before = this.#views.map(() => new Uint8Array(0));
  }

  tick(): void {
    const world = this.#world;
    world.step();
    world.mirror.apply(world.encode());
    this.#views.forEach((view, index) => {
      const startMs = performance.now();
      const frames = view.take(world.tick)?.frames ?? [];
      this.spent['as it is'].us += (performance.now() - startMs) * 1000;
      for (const frame of frames) this.#pack(frame, index, view.entityCount);
    });
  }

  #pack(frame: Uint8Array, index: number, inSight: number): void {
    const dictionary = this.#before[index] as Uint8Array;
    const count = new BitCount(inSight);
    this.frames += 1;
    this.spent['as it is'].bytes += frame.length;
    this.#spend('bits', () => {
      readFrame(frame, () => field.wire, count);
      return Math.ceil(count.bits / 8);
    });
    this.#spend('deflate', () => deflateRawSync(frame, { level: 1 }).length);
    this.#spend('deflate with a dictionary', () => deflateRawSync(frame, { level: 6, dictionary }).length);
    this.#spend('zstd', () => zstdCompressSync(frame).length);
    this.#before[index] = Buffer.concat([dictionary, frame]).subarray(-DICTIONARY_BYTES);
  }

  #spend(way: Way, pack: () => number): void {
    const startMs = performance.now();
    this.spent[way].bytes += pack();
    this.spent[way].us += (performance.now() - startMs) * 1000;
  }

  reset(): void {
    this.frames = 0;
    for (const spent of Object.values(this.spent)) [spent.bytes, spent.us] = [0, 0];
  }
}

function measure(name: string, options: FieldOptions): Figure[] {
  const trial = new Trial(options);
  for (let tick = 0; tick < WARM_UP_TICKS; tick++) trial.tick();
  const rounds = Array.from({ length: ROUNDS }, () => {
    trial.reset();
    for (let tick = 0; tick < TICKS_PER_ROUND; tick++) trial.tick();
    return WAYS.map((way) => ({
      bytes: trial.spent[way].bytes / trial.frames,
      us: trial.spent[way].us / trial.frames,
    }));
  });
  return WAYS.flatMap((way, index) => {
    const of = (what: keyof Spent): number[] => rounds.map((round) => (round[index] as Spent)[what]);
    return [
      figureOf(`bytes of a frame, ${way}, ${name}`, 'B', of('bytes')),
      figureOf(`time for it, ${way}, ${name}`, 'µs', of('us')),
    ];
  });
}

report('packing', [
  ...measure('12 in sight', { entities: 400, players: 20, spreadM: 1000 }),
  ...measure('150 in sight', { entities: 400, players: 20, spreadM: 250 }),
]);
