import { join } from 'node:path';
import { forest } from '@overworld/ruleset-forest';
import type { Replicas } from '@overworld/cluster-runner';
import { snapshotKeys, type ZoneFaults } from '@overworld/zone';
import { Arena, pause, ZONES } from './arena.ts';
import type { BotLine } from './chaos-bot.ts';
import { Checker, type Finding } from './checker.ts';
import { Crew } from './crew.ts';
import { readDatabase } from './database-facts.ts';
import { type Concerned, type FaultClass, type Injury, schedule } from './fault-classes.ts';
import { HistoryWriter, readHistories, readHistory, type Stamped, type WitnessLine } from './history.ts';
import { JournalArchive } from './journal-archive.ts';
import { type ClassLine, type ClassReport, percentile, summarise } from './report.ts';

export interface CampaignOptions {
  readonly folder: string;
  readonly seed: string;
  readonly minutes: number;
  readonly bots: number;
  readonly rate: number;
  readonly nats: 1 | 3;
  readonly replicas?: Partial<Replicas>;
  /** Begins when so many passages of the gate were seen, or three minutes have passed. Default 0. */
  readonly passagesFirst?: number;
  readonly hasProxies: boolean;
  /** Of the class of a fault: whether it may be chosen. */
  readonly wanted: (name: string) => boolean;
  /** Ends the campaign when so many faults were done, whatever the time. */
  readonly mostFaults?: number;
  /** How long nothing is broken at first, to measure latencies. Default 5,000. */
  readonly quietMs?: number;
  /** Guarantees to switch off, so that the checker has to go red. */
  readonly faults: ZoneFaults;
  readonly say: (line: string) => void;
}

export interface CampaignReport {
  readonly seed: string;
  readonly lines: readonly ClassLine[];
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<string, number>>;
}

/** One fault that was done, and what the players noticed of it. */
interface Wound {
  readonly fault: string;
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** On `performance.now()`. */
  readonly window: readonly [number, number];
  readonly pausesMs: readonly number[];
}

const QUIET_MS = 1_000;
const FIRST_QUIET_MS = 5_000;
const SETTLE_TIMEOUT_MS = 60_000;
/** Where players come into the forest differs from run to run: from some glades the gate is two minutes away. */
const PASSAGE_TIMEOUT_MS = 180_000;
const LAST_OUTAGE_MS = 5_000;
const POLL_MS = 100;
const MAX_MAILBOX = 1_000;

/** Breaks a cluster again and again while bots play, then holds everything that is left against the invariants. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #findings: Finding[] = [];
  readonly #wounds: Wound[] = [];
  #quietLatency = { p50: 0, p99: 0 };

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  async run(): Promise<CampaignReport> {
    const { folder, seed, bots, rate, nats, faults, hasProxies, replicas, say } = this.#options;
    const arena = await Arena.open({ folder, seed, nats, faults, hasProxies, replicas, say });
    const archive = new JournalArchive(arena.ports.journal, ZONES);
    const crew = new Crew({ url: arena.cluster.url, count: bots, rate, seed, folder });
    try {
      archive.start();
      await crew.start();
      await this.#spread(arena);
      say(`${bots} bots play at ${arena.cluster.url}`);
      await this.#passagesSeen(crew);
      await this.#quiet(arena, crew);
      await this.#break(arena, crew);
      const counts = await this.#finish(arena, crew, archive);
      return await this.#judge(arena, archive, crew, counts);
    } finally {
      archive.stop();
      crew.close();
      await arena.close();
    }
  }

  /** The gate has to lead from one shard to another. */
  async #spread(arena: Arena): Promise<void> {
    const owners = await arena.owners();
    if (owners.get(ZONES[0]) !== owners.get(ZONES[1])) return;
    const other = arena.cluster.of('shard').find(({ name }) => name !== owners.get(ZONES[0]));
    if (other !== undefined)
      this.#options.say(`${ZONES[1]} to ${other.name}: ${await arena.move(ZONES[1], other.name)}`);
  }

  async #passagesSeen(crew: Crew): Promise<void> {
    const { passagesFirst = 0 } = this.#options;
    const deadlineMs = performance.now() + PASSAGE_TIMEOUT_MS;
    while (crew.sum((bot) => bot.crossings) < passagesFirst && performance.now() < deadlineMs)
      await pause(POLL_MS);
  }

  /** A while without faults: what the cluster does when nothing is wrong. */
  async #quiet(arena: Arena, crew: Crew): Promise<void> {
    await this.#settle(arena, crew, 'at the beginning');
    const sinceMs = performance.now();
    await pause(this.#options.quietMs ?? FIRST_QUIET_MS);
    const latencies = crew.bots.flatMap(({ latencies }) => latencies.filter(({ atMs }) => atMs > sinceMs));
    const values = latencies.map(({ latencyMs }) => latencyMs);
    this.#quietLatency = { p50: percentile(values, 0.5), p99: percentile(values, 0.99) };
    this.#options.say(`input to echo without faults: ${JSON.stringify(this.#quietLatency)} ms`);
  }

  async #break(arena: Arena, crew: Crew): Promise<void> {
    const {
      minutes,
      wanted,
      hasProxies,
      nats,
      mostFaults = Number.POSITIVE_INFINITY,
      folder,
    } = this.#options;
    const history = new HistoryWriter<Wound>(join(folder, 'histories', 'faults.jsonl'));
    const endMs = performance.now() + minutes * 60_000;
    const faults = schedule(arena, { threeNats: nats === 3, proxies: hasProxies }, wanted);
    for (let done = 0; done < mostFaults && performance.now() < endMs; done++) {
      const wound = await this.#wound(arena, crew, faults.next().value);
      history.write(wound);
      this.#wounds.push(wound);
      await pause(QUIET_MS);
    }
    history.close();
  }

  async #wound(arena: Arena, crew: Crew, fault: FaultClass): Promise<Wound> {
    const { say } = this.#options;
    const reconnects = new Map(crew.bots.map((bot) => [bot.name, bot.game.stats().reconnects]));
    const startedMs = performance.now();
    const fromMs = Date.now();
    let injury: Injury = { what: fault.name, concerned: 'all' };
    const begun = (described: Injury): void => {
      injury = described;
      say(`${fault.name}: ${described.what}`);
    };
    try {
      await fault.run(arena, begun);
    } catch (error) {
      this.#find(
        9,
        `${fault.name}: ${injury.what}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    await this.#settle(arena, crew, `after ${injury.what}`);
    const { concerned } = injury;
    const pausesMs = crew.bots.flatMap((bot) => {
      const gaps = bot.gapsSince(startedMs);
      const hasReconnected = bot.game.stats().reconnects > (reconnects.get(bot.name) ?? 0);
      const noticed = gaps.filter((gap) => isConcerned(concerned, gap.fromZone, hasReconnected));
      if (noticed.length > 0) return [Math.max(...noticed.map((gap) => gap.toMs - gap.fromMs))];
      return isConcerned(concerned, bot.zone, hasReconnected) ? [1000 / this.#options.rate] : [];
    });
    const worst = percentile(pausesMs, 1);
    say(
      `    ${pausesMs.length} players concerned, longest pause ${Math.round(worst)} ms, settled after ${Math.round(performance.now() - startedMs)} ms`,
    );
    return {
      fault: fault.name,
      what: injury.what,
      fromMs,
      toMs: Date.now(),
      window: [startedMs, performance.now()],
      pausesMs,
    };
  }

  /** 9: until everybody plays, every process is ready and every zone ticks; a finding when that takes too long. */
  async #settle(arena: Arena, crew: Crew, when: string): Promise<void> {
    const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS;
    for (;;) {
      const problems = [...crew.unsettled(), ...(await unready(arena))];
      if (problems.length === 0) return;
      if (performance.now() > deadlineMs) {
        for (const problem of problems.slice(0, 5))
          this.#find(9, `${problem} ${SETTLE_TIMEOUT_MS / 1000} s ${when}`);
        this.#options.say(`    NOT SETTLED: ${problems.slice(0, 5).join('; ')}`);
        return;
      }
      await pause(POLL_MS);
    }
  }

  /** Lets everything come to rest, then stops the zones in an orderly way. */
  async #finish(arena: Arena, crew: Crew, archive: JournalArchive): Promise<Record<string, number>> {
    for (const bot of crew.bots) bot.isStaying = true;
    await this.#settle(arena, crew, 'at the end');
    await this.#restInOutage(arena, crew);
    await this.#empty(arena);
    const counts = {
      faults: this.#wounds.length,
      inputs: crew.sum((bot) => bot.inputs),
      crossings: crew.sum((bot) => bot.crossings),
      joins: crew.sum((bot) => bot.joins),
      reconnects: crew.sum((bot) => bot.game.stats().reconnects),
      inputsGivenUp: crew.sum((bot) => bot.game.stats().droppedInputs),
      badFrames: crew.sum((bot) => bot.game.stats().badFrames),
      quietLatencyP50Ms: Math.round(this.#quietLatency.p50),
      quietLatencyP99Ms: Math.round(this.#quietLatency.p99),
    };
    if (counts.badFrames > 0) this.#find(4, `${counts.badFrames} frames could not be read`);
    for (const kind of ['gateway', 'shard'] as const) await arena.cluster.stopServices([kind]);
    await archive.finish();
    archive.keep(join(this.#options.folder, 'journals'));
    return counts;
  }

  /** The players come to rest while the database is away: what both zones want saved last then comes late, in any order. */
  async #restInOutage(arena: Arena, crew: Crew): Promise<void> {
    const proxies = arena.cluster
      .of('persistence')
      .flatMap(({ name }) => arena.proxies.get(`${name} postgres`) ?? []);
    for (const proxy of proxies) proxy.set({ kind: 'blackhole' });
    if (proxies.length > 0) await pause(LAST_OUTAGE_MS);
    for (const bot of crew.bots) bot.rest();
    await pause(QUIET_MS);
    for (const proxy of proxies) proxy.set({ kind: 'pass' });
  }

  /** 9: nothing is left to do in any zone. */
  async #empty(arena: Arena): Promise<void> {
    const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS;
    for (const zone of ZONES) {
      for (;;) {
        const status = await arena.status(zone);
        const left = (status?.pendingEffects ?? 1) + (status?.pendingHandoffs ?? 1);
        if (status?.state === 'running' && left === 0 && status.mailboxDepth < MAX_MAILBOX) break;
        if (performance.now() > deadlineMs) {
          this.#find(9, `${zone} does not come to rest: ${JSON.stringify(status)}`);
          break;
        }
        await pause(POLL_MS);
      }
    }
  }

  async #judge(
    arena: Arena,
    archive: JournalArchive,
    crew: Crew,
    counts: Record<string, number>,
  ): Promise<CampaignReport> {
    const { folder, faults, seed, say } = this.#options;
    say('checking');
    const histories = join(folder, 'histories');
    const bots = byBot(readHistory(join(histories, 'bots.jsonl')));
    const snapshots = await storedSnapshots(arena);
    const checker = new Checker({
      ruleset: forest,
      journals: archive.zones,
      snapshots,
      bots,
      witnesses: readHistories<WitnessLine>(histories, 'shard-'),
      database: await readDatabase(arena.cluster.infrastructure.databaseUrl),
      faults,
    });
    const findings = [...this.#findings, ...checker.run()];
    const minted = [...checker.facts.values()]
      .flatMap(({ effects }) => [...effects.values()])
      .filter(({ kind }) => kind === 'minted');
    const records = [...archive.zones.values()].reduce((sum, each) => sum + each.length, 0);
    const lost = lostLines(bots, checker);
    const passages = crew.bots.flatMap((bot) =>
      bot.passages.filter(({ atMs }) => !this.#isWithinWound(atMs)),
    );
    return {
      seed,
      lines: [...this.#lines(lost, findings), gatePassed(passages.map(({ gapMs }) => gapMs))],
      findings,
      counts: { ...counts, coins: minted.length, records, linesLost: lost.length },
    };
  }

  /** Effects are held against the whole run: a wrong one counts for the run, in its last line. */
  #lines(lost: readonly number[], findings: readonly Finding[]): ClassLine[] {
    const classes = new Map<string, ClassReport>();
    for (const { fault, pausesMs, fromMs, toMs } of this.#wounds) {
      const before = classes.get(fault) ?? { fault, runs: 0, pausesMs: [], inputsLost: 0, effectsWrong: 0 };
      classes.set(fault, {
        ...before,
        runs: before.runs + 1,
        pausesMs: [...before.pausesMs, ...pausesMs],
        inputsLost:
          before.inputsLost + lost.filter((atMs) => atMs >= fromMs - QUIET_MS && atMs <= toMs).length,
      });
    }
    const effectsWrong = findings.filter(({ invariant }) => invariant === 6 || invariant === 7).length;
    const all: ClassReport = {
      fault: 'all',
      runs: this.#wounds.length,
      pausesMs: this.#wounds.flatMap(({ pausesMs }) => pausesMs),
      inputsLost: lost.length,
      effectsWrong,
    };
    return [...[...classes.values()].sort((a, b) => (a.fault < b.fault ? -1 : 1)), all].map(summarise);
  }

  #isWithinWound(atMs: number): boolean {
    return this.#wounds.some(({ window: [from, to] }) => atMs > from && atMs < to + QUIET_MS);
  }

  #find(invariant: number, detail: string): void {
    this.#findings.push({ invariant, detail });
  }
}

async function storedSnapshots(arena: Arena): Promise<Map<string, Uint8Array[]>> {
  const snapshots = new Map<string, Uint8Array[]>();
  for (const zone of ZONES) {
    const found: Uint8Array[] = [];
    for (const key of await snapshotKeys(arena.ports.blobs, zone)) {
      const bytes = await arena.ports.blobs.get(key);
      if (bytes !== undefined) found.push(bytes);
    }
    snapshots.set(zone, found);
  }
  return snapshots;
}

/** What players see at a gate from one shard to another, when nothing is wrong. */
function gatePassed(gapsMs: readonly number[]): ClassLine {
  const report = { fault: '(gate passed, no fault)', pausesMs: gapsMs, inputsLost: 0, effectsWrong: 0 };
  return summarise({ ...report, runs: gapsMs.length });
}

function isConcerned(concerned: Concerned, zone: string, hasReconnected: boolean): boolean {
  if (concerned === 'all') return true;
  return concerned === 'reconnected' ? hasReconnected : concerned.zones.includes(zone);
}

async function unready(arena: Arena): Promise<string[]> {
  const answers = await Promise.all(
    arena.cluster.processes.map(async (service) =>
      (await service.isReady()) ? [] : [`${service.name} is not ready`],
    ),
  );
  return answers.flat();
}

function byBot(
  lines: readonly Stamped<BotLine & { readonly bot: string }>[],
): Map<string, Stamped<BotLine>[]> {
  const bots = new Map<string, Stamped<BotLine>[]>();
  for (const line of lines) {
    const own = bots.get(line.bot) ?? [];
    own.push(line);
    bots.set(line.bot, own);
  }
  return bots;
}

/** When lines were said that no zone ever executed, other than by players who left right after. */
function lostLines(bots: ReadonlyMap<string, readonly Stamped<BotLine>[]>, checker: Checker): number[] {
  const lost: number[] = [];
  for (const lines of bots.values()) {
    const leaves = lines.flatMap((line) => (line.kind === 'leaving' ? [line.atMs] : []));
    const refused = new Set(lines.flatMap((line) => (line.kind === 'refused' ? [line.sequence] : [])));
    for (const line of lines) {
      if (line.kind !== 'said' || checker.said(line.text) > 0 || refused.has(line.sequence)) continue;
      if (leaves.some((atMs) => atMs >= line.atMs && atMs - line.atMs < LEAVE_GRACE_MS)) continue;
      lost.push(line.atMs);
    }
  }
  return lost;
}

/** What is asked for right before leaving is given up with the seat. */
const LEAVE_GRACE_MS = 5_000;
