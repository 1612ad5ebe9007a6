import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** What a shard did with one zone, in the order in which it did it. `owner` is one opening of the zone. */
export type WitnessLine =
  /** A record goes to the journal; `record` names it by content. */
  | {
      readonly kind: 'append';
      readonly zone: string;
      readonly owner: string;
      readonly id: number;
      readonly tick: number;
      readonly record: string;
      readonly isFence: boolean;
    }
  | {
      readonly kind: 'answer';
      readonly zone: string;
      readonly owner: string;
      readonly id: number;
      readonly outcome: 'appended' | 'conflict' | 'unknown';
    }
  /** A message to the gateways left; the hash is that of the whole state when it was made. */
  | {
      readonly kind: 'out';
      readonly zone: string;
      readonly owner: string;
      readonly epoch: number;
      readonly tick: number;
      readonly hash: string;
    }
  | {
      readonly kind: 'effect';
      readonly zone: string;
      readonly owner: string;
      readonly sequence: number;
      readonly tick: number;
    }
  | {
      readonly kind: 'handoff';
      readonly zone: string;
      readonly owner: string;
      readonly to: string;
      readonly handoff: number;
    }
  | {
      readonly kind: 'receipt';
      readonly zone: string;
      readonly owner: string;
      readonly from: string;
      readonly handoff: number;
      readonly accepted: boolean;
    }
  /** What the actor observed: fences, closings, stalls. */
  | { readonly kind: 'note'; readonly zone: string; readonly owner: string; readonly detail: string };

export type Stamped<Line> = Line & { readonly atMs: number };

/** Appends lines of JSON to a file. A line that was written outlives the process, however that ends. */
export class HistoryWriter<Line extends object> {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(line: Line): void {
    writeSync(this.#file, `${JSON.stringify({ atMs: Date.now(), ...line })}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** The lines of a file. One that was being written when its process was killed is left out. */
export function readHistory<Line>(path: string): Stamped<Line>[] {
  const lines: Stamped<Line>[] = [];
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    if (text === '') continue;
    try {
      lines.push(JSON.parse(text) as Stamped<Line>);
    } catch {
      // Cut off in the middle.
    }
  }
  return lines;
}

/** The histories of a folder by file name, those whose names begin so. */
export function readHistories<Line>(folder: string, prefix: string): ReadonlyMap<string, Stamped<Line>[]> {
  const histories = new Map<string, Stamped<Line>[]>();
  for (const name of readdirSync(folder).sort()) {
    if (name.startsWith(prefix) && name.endsWith('.jsonl'))
      histories.set(name, readHistory(join(folder, name)));
  }
  return histories;
}
