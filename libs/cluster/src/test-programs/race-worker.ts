/*
 * A process for the tests: one of two writers of the same zone. For every line on its standard input, a round and the
 * expected sequence, it appends once and answers the round and the outcome. Words: file.
 */
import { createInterface } from 'node:readline';
import { SqliteJournal } from '../sqlite-journal.ts';

const journal = SqliteJournal.open(process.argv[2] ?? '');
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [round = 0, expected = 0] = line.split(' ').map(Number);
  const outcome = await journal.append('contested', expected, new TextEncoder().encode(`${process.pid}`));
  console.log(`${round} ${outcome.kind}`);
}
journal.close();
