/*
 * A process for the tests: opens a journal appends to its zones without end, and tells each sequence that was
 * acknowledged, until it is killed. Words: file, then zones.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { StoreThread } from '../store-thread.ts';
import { SqliteJournal } from '../sqlite-journal.ts';

const [file = '', ...zones] = process.argv.slice(2);
const thread = new StoreThread({ journalFile: file, blobsFile: undefined });
const journal = SqliteJournal.open(file, { checkpoint: () => thread.request({ kind: 'checkpoint' }) });

async function run(zone: string): Promise<void> {
  let last = (await journal.last(zone))?.sequence ?? 0;
  for (let count = 0; ; count++) {
    const bytes = new TextEncoder().encode(`${zone} after ${last} ${'.'.repeat(count % 700)}`);
    const outcome = await journal.append(zone, last, bytes);
    if (outcome.kind !== 'appended') throw new Error(`${zone}: ${outcome.kind}`);
    await tell(`${zone} ${last} ${outcome.sequence}\n`);
    last = outcome.sequence;
    if (count % 20 === 0) await wait(1);
  }
}

/** Resolves when the line is on its way: a reader that is slow slows this process, and loses nothing. */
function tell(line: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(line, () => resolve()));
}

await Promise.all(zones.map(run));
