import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Journal, JournalRecord } from '@overworld/ports';

const POLL_MS = 400;
const PAGE = 2_000;

/** Follows the journals of zones and keeps every record: zones trim theirs behind their snapshots. */
export class JournalArchive {
  readonly zones: ReadonlyMap<string, JournalRecord[]>;
  readonly #journal: Journal;
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(journal: Journal, zones: readonly string[]) {
    this.#journal = journal;
    this.zones = new Map(zones.map((zone) => [zone, []]));
  }

  start(): void {
    this.#timer = setInterval(() => void this.#again(), POLL_MS);
  }

  /** Reads what came last. Rejects when the journal is out of reach. */
  async finish(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reading;
    await this.#read();
  }

  /** Writes the journals down, one JSON line for each record: sequence and bytes (base64). Zones have trimmed theirs. */
  keep(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const [zone, records] of this.zones) {
      const lines = records.map(
        ({ sequence, bytes }) =>
          `{"sequence":${sequence},"bytes":"${Buffer.from(bytes).toString('base64')}"}\n`,
      );
      writeFileSync(join(folder, `${zone}.jsonl`), lines.join(''));
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** While the journal is out of reach nothing is trimmed either. */
  #again(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read()).catch(() => undefined);
    return this.#reading;
  }

  async #read(): Promise<void> {
    for (const [zone, records] of this.zones) {
      for (;;) {
        const page = await this.#journal.read(zone, records.at(-1)?.sequence ?? 0, PAGE);
        records.push(...page);
        if (page.length < PAGE) break;
      }
    }
  }
}
