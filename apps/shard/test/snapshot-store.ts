import { persistenceCalls, type StoredSnapshot } from '@overworld/contracts';
import type { Bus, BusMessage } from '@overworld/ports';

/** Persistence on the bus, as far as the snapshots of sleeping zones go: it keeps the newest of each in memory. */
export class SnapshotStore {
  readonly rows = new Map<string, StoredSnapshot>();
  /** So many calls are not answered as they should be. */
  refuses = 0;
  puts = 0;
  /** While true, what is put waits for `answerAll`. */
  isHolding = false;
  readonly held: { readonly zone: string; answer(): void }[] = [];

  constructor(bus: Bus) {
    const { putSnapshot, getSnapshot } = persistenceCalls.zone;
    this.#serve(bus, putSnapshot.pattern, (data) => this.#put(putSnapshot.request.parse(data)));
    this.#serve(bus, getSnapshot.pattern, (data) => {
      const { zone } = getSnapshot.request.parse(data);
      return { snapshot: this.rows.get(zone) ?? null };
    });
  }

  answerAll(): void {
    this.isHolding = false;
    for (const { answer } of this.held.splice(0)) answer();
  }

  #put(snapshot: StoredSnapshot): { stored: boolean } {
    this.puts += 1;
    const stored = (this.rows.get(snapshot.zone)?.journalSequence ?? 0) <= snapshot.journalSequence;
    if (stored) this.rows.set(snapshot.zone, snapshot);
    return { stored };
  }

  #serve(bus: Bus, pattern: string, answer: (data: unknown) => unknown): void {
    bus.subscribe(`service.${pattern}`, (message: BusMessage) => {
      const { data } = JSON.parse(new TextDecoder().decode(message.payload)) as { data: unknown };
      const isPut = pattern === persistenceCalls.zone.putSnapshot.pattern;
      const reply = (): void => this.#reply(message, () => answer(data));
      if (this.isHolding && isPut) this.held.push({ zone: (data as StoredSnapshot).zone, answer: reply });
      else reply();
    });
  }

  #reply(message: BusMessage, answer: () => unknown): void {
    const refused = { refused: 'busy', detail: 'the database does not answer' };
    const response = this.refuses > 0 ? refused : answer();
    this.refuses = Math.max(0, this.refuses - 1);
    message.reply?.(new TextEncoder().encode(JSON.stringify({ response })));
  }
}
