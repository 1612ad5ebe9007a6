import { openSync, readFileSync, writeSync } from 'node:fs';
import { nowMs, type TickTimes } from './trial.ts';

const entry = new Float64Array(1);

/** Writes the time of each tick to a file at once: the process that ticks is not the one that is asked. */
export function tickWriter(file: string): () => void {
  let log = -1;
  return () => {
    if (log < 0) log = openSync(file, 'a');
    entry[0] = nowMs();
    writeSync(log, new Uint8Array(entry.buffer));
  };
}

export function tickReader(file: string): TickTimes {
  return {
    since(beginMs) {
      const bytes = readFileSync(file);
      const whole = bytes.subarray(0, bytes.length - (bytes.length % Float64Array.BYTES_PER_ELEMENT));
      const beginnings = new Float64Array(new Uint8Array(whole).buffer);
      // The zones of a rehearsal tick, too, but before players come.
      return [...beginnings].filter((atMs) => atMs >= beginMs);
    },
  };
}
