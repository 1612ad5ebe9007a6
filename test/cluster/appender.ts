import type { Journal } from '@overworld/ports';

/** An append that was acknowledged, or was found when it was read back. */
export interface Settled {
  readonly sequence: number;
  readonly value: number;
}

export interface AppenderOptions {
  readonly journal: Journal;
  readonly zone: string;
  /** Its records say who wrote them. */
  readonly writer: number;
  readonly isStopped: () => boolean;
}

export interface Appended {
  readonly settled: readonly Settled[];
  /** How many appends ended as unknown, and how many of those turned out to be in the journal. */
  readonly unknown: number;
  readonly foundThere: number;
  /** The longest time from one settled append to the next. */
  readonly longestPauseMs: number;
}

const PAUSE_MS = 20;

export function recordOf(writer: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, writer);
  view.setUint32(4, value);
  return bytes;
}

export function contentOf(bytes: Uint8Array): { readonly writer: number; readonly value: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { writer: view.getUint32(0), value: view.getUint32(4) };
}

/**
 * Appends what an owner of a zone would, one record at a time and as it does: an outcome that is not clear is read back, and
 * what is not there is sent again, the same bytes after the same sequence. It ends when it is stopped, or when another
 * writer's record stands where its own should have gone after its first one.
 */
export async function appendUntilStopped(options: AppenderOptions): Promise<Appended> {
  const { journal, zone, writer, isStopped } = options;
  const settled: Settled[] = [];
  let last = await endOf(options);
  let unknown = 0;
  let foundThere = 0;
  let longestPauseMs = 0;
  let settledMs = performance.now();
  for (let value = 0; !isStopped(); ) {
    const outcome = await journal.append(zone, last, recordOf(writer, value));
    if (outcome.kind === 'unknown') unknown++;
    const sequence = outcome.kind === 'appended' ? outcome.sequence : await readBack(options, last, value);
    if (sequence === 'foreign') {
      if (settled.length > 0) break;
      // A new owner's first record is its fence: it goes behind whatever came first.
      last = await endOf(options);
      continue;
    }
    if (sequence === undefined) continue;
    if (outcome.kind !== 'appended') foundThere++;
    settled.push({ sequence, value });
    longestPauseMs = Math.max(longestPauseMs, performance.now() - settledMs);
    settledMs = performance.now();
    last = sequence;
    value++;
  }
  return { settled, unknown, foundThere, longestPauseMs };
}

async function endOf({ journal, zone, isStopped }: AppenderOptions): Promise<number> {
  for (;;) {
    try {
      return (await journal.last(zone))?.sequence ?? 0;
    } catch (error) {
      if (isStopped()) throw error;
    }
  }
}

/** Undefined when there is nothing yet, or nobody answers. */
async function readBack(
  options: AppenderOptions,
  after: number,
  value: number,
): Promise<number | 'foreign' | undefined> {
  const { journal, zone, writer } = options;
  try {
    const [found] = await journal.read(zone, after, 1);
    if (found === undefined) return await pause();
    const is = contentOf(found.bytes);
    return is.writer === writer && is.value === value ? found.sequence : 'foreign';
  } catch {
    return await pause();
  }
}

async function pause(): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}
