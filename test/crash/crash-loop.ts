import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CoinBot } from './coin-bot.ts';
import { type CoinVerdict, compareCoins, readMinted } from './ledger.ts';
import { freePort, ServerProcess } from './server-process.ts';

const HELP = `Kills the server while bots pick up coins and pass the gate, and checks that nothing is lost.

  npm run crash-loop -- [--rounds 20] [--bots 50] [--seconds 5] [--keep]

  --rounds   how often the server is killed (kill -9)
  --bots     players that go on playing through all of it
  --seconds  how long they play between two kills, about; longer when few coins were found
  --keep     leaves the data folder behind and prints where it is

After each kill the journals are replayed and every recorded hash is compared (verify-journal). At the end every coin that
a player was told of has to be in the ledger exactly once. Exit code 1 when anything is wrong.`;

const RESUME_TIMEOUT_MS = 45_000;
const SETTLE_MS = 4_000;
const POLL_MS = 50;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function waitFor(what: string, isTrue: () => boolean): Promise<number> {
  const startedMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - startedMs > RESUME_TIMEOUT_MS) throw new Error(`waited too long for: ${what}`);
    await sleep(POLL_MS);
  }
  return performance.now() - startedMs;
}

interface Verification {
  readonly ok: boolean;
  readonly output: string;
}

async function verifyJournal(data: string): Promise<Verification> {
  const args = ['--import', 'tsx', 'apps/overworld/src/verify-journal.ts', '--data', data];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'exit');
  return { ok: code === 0, output };
}

interface LoopOptions {
  readonly rounds: number;
  readonly bots: number;
  readonly seconds: number;
  readonly data: string;
}

export interface LoopResult extends CoinVerdict {
  readonly rounds: number;
  readonly crossings: number;
  readonly reconnects: number;
  readonly slowestResumeMs: number;
}

/** The whole loop; throws when a round goes wrong. Data folder and processes are the caller's to clean up on a throw. */
export async function crashLoop(options: LoopOptions, say: (line: string) => void): Promise<LoopResult> {
  const server = new ServerProcess({ port: await freePort(), data: options.data });
  const bots = Array.from(
    { length: options.bots },
    (_, index) => new CoinBot(server.url, index, index % 3 === 0),
  );
  try {
    say(`server ready after ${Math.round(await server.start())} ms`);
    for (const bot of bots) await bot.join();
    let slowestResumeMs = 0;
    for (let round = 1; round <= options.rounds; round++) {
      await play(bots, options.seconds * 1000 * (0.6 + 0.8 * Math.random()));
      slowestResumeMs = Math.max(slowestResumeMs, await crashOnce(server, bots, options.data, round, say));
    }
    for (const bot of bots) bot.rest();
    await sleep(SETTLE_MS);
    await waitFor('every purse to be shown', () => bots.every((bot) => bot.shownPurse !== undefined));
    const verdict = await verdictOf(server, bots, options.data);
    const crossings = bots.reduce((sum, bot) => sum + bot.crossings, 0);
    const reconnects = bots.reduce((sum, bot) => sum + bot.reconnects, 0);
    return { ...verdict, rounds: options.rounds, crossings, reconnects, slowestResumeMs };
  } finally {
    for (const bot of bots) bot.close();
    await server.kill();
  }
}

/** Plays for a while, and on until coins were picked up in sight of their players, for a few times that long at most. */
async function play(bots: readonly CoinBot[], durationMs: number): Promise<void> {
  const toldBefore = toldTo(bots);
  await sleep(durationMs);
  const untilMs = performance.now() + durationMs * 3;
  while (toldTo(bots) - toldBefore < bots.length / 5 && performance.now() < untilMs) await sleep(POLL_MS);
}

function toldTo(bots: readonly CoinBot[]): number {
  return bots.reduce((sum, bot) => sum + bot.told.length, 0);
}

async function verdictOf(
  server: ServerProcess,
  bots: readonly CoinBot[],
  data: string,
): Promise<CoinVerdict> {
  await server.stop();
  return compareCoins(await readMinted(data), bots);
}

async function crashOnce(
  server: ServerProcess,
  bots: readonly CoinBot[],
  data: string,
  round: number,
  say: (line: string) => void,
): Promise<number> {
  const told = toldTo(bots);
  await server.kill();
  const verification = await verifyJournal(data);
  if (!verification.ok)
    throw new Error(`round ${round}: the journal does not verify\n${verification.output}`);
  const startMs = await server.start();
  const resumeMs = await waitFor('all bots to play again', () => bots.every((bot) => bot.isPlaying));
  const hashes = verification.output.trim().split('\n').slice(-3).join(' | ');
  say(
    `round ${round}: killed after ${told} coins told, journals verified, ` +
      `ready in ${Math.round(startMs)} ms, all ${bots.length} bots back ${Math.round(resumeMs)} ms later | ${hashes}`,
  );
  return resumeMs;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      bots: { type: 'string', default: '50' },
      seconds: { type: 'string', default: '5' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const [rounds, bots, seconds] = [Number(values.rounds), Number(values.bots), Number(values.seconds)];
  if (![rounds, bots, seconds].every((value) => Number.isInteger(value) && value >= 1 && value <= 1000)) {
    console.error('--rounds, --bots and --seconds are whole numbers from 1 to 1000. See --help.');
    return 1;
  }
  const data = await mkdtemp(join(tmpdir(), 'overworld-crash-'));
  try {
    const result = await crashLoop({ rounds, bots, seconds, data }, (line) => console.log(line));
    console.log(JSON.stringify({ ...result, problems: result.problems.length }, undefined, 2));
    for (const problem of result.problems.slice(0, 20)) console.log(`PROBLEM ${problem}`);
    console.log(result.problems.length === 0 ? 'PASS: nothing lost, nothing doubled' : 'FAIL');
    return result.problems.length === 0 ? 0 : 1;
  } finally {
    if (values.keep) console.log(`data folder: ${data}`);
    else await rm(data, { recursive: true, force: true, maxRetries: 5 });
  }
}

if (process.argv[1]?.endsWith('crash-loop.ts')) {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
