import type { ZoneFaults } from '@overworld/zone';
import { journalLines } from './journal-lines.ts';
import { Chaos } from './sim-chaos.ts';
import { type Finding, SimCheck } from './sim-check.ts';
import { SimWorld } from './sim-world.ts';

const TURNS = 80;
const SETTLE_AT_LEAST_MS = 1_500;
const SETTLE_AT_MOST_MS = 40_000;
const STEP_MS = 250;
const LAST_STEP_MS = 400;
const LAST_STEPS = 10;
const TICK_MS = 50;

export interface SeedOptions {
  readonly seed: number;
  /** Guarantees to switch off, so that a test can see the checker go red. */
  readonly faults?: ZoneFaults;
  /** Only what is called so happens; the wires and the journal fail by themselves all the same. Default: everything. */
  readonly blows?: RegExp;
  /** Keeps a log of what happened. */
  readonly isVerbose?: boolean;
}

export interface SeedReport {
  readonly seed: number;
  readonly findings: readonly Finding[];
  readonly log: readonly string[];
  /** Of all journals: the same seed gives the same. */
  readonly digest: string;
  readonly counts: { readonly [name: string]: number };
}

/** One whole life of a small cluster, from its seed alone. Never throws because of what the cluster does. */
export async function runSeed({
  seed,
  faults = {},
  blows,
  isVerbose = false,
}: SeedOptions): Promise<SeedReport> {
  const world = new SimWorld({ seed, faults, isVerbose });
  await world.clock.advance(200);
  for (const client of world.clients) void client.start();
  await world.clock.advance(600);
  const chaos = new Chaos(world, blows);
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const client of world.clients) client.act();
    chaos.strike();
    await world.clock.advance(world.random.between(20, 400));
  }
  chaos.heal();
  await settleDown(world);
  const check = new SimCheck(world, faults);
  const findings = await check.run();
  const log = isVerbose ? [...world.log.lines, ...journalLines(world)] : [];
  return { seed, findings, log, digest: digestOf(world), counts: countsOf(world) };
}

/** Until everybody plays and nothing is under way, or the bound is passed: the check then tells what is. */
async function settleDown(world: SimWorld): Promise<void> {
  const { clock } = world;
  const startMs = clock.now();
  for (;;) {
    await clock.advance(STEP_MS);
    for (const client of world.clients) client.rest();
    const elapsedMs = clock.now() - startMs;
    if (elapsedMs >= SETTLE_AT_MOST_MS) break;
    if (elapsedMs >= SETTLE_AT_LEAST_MS && isQuiet(world)) break;
  }
  // The last changes reach every client.
  await clock.advance(LAST_STEP_MS);
  for (let step = 0; step < LAST_STEPS; step += 1) {
    if (isQuiet(world) && (await standsStill(world))) return;
    await clock.advance(TICK_MS);
  }
  world.cluster.isStill = true;
  await clock.advance(LAST_STEP_MS);
}

/** Whether nothing new came in meanwhile: gateways go on, and what they say by the clock wants a tick yet. */
async function standsStill(world: SimWorld): Promise<boolean> {
  world.cluster.isStill = true;
  await world.clock.advance(LAST_STEP_MS);
  world.cluster.isStill = isQuiet(world);
  return world.cluster.isStill;
}

function isQuiet({ cluster, clients, sessions, drains }: SimWorld): boolean {
  if (drains > 0 || sessions.some(({ moving }) => moving > 0)) return false;
  if (cluster.shards.some(({ host }) => host.draining)) return false;
  for (const zone of cluster.zones) {
    const status = cluster.owner(zone)?.status();
    if (status?.state !== 'running' || cluster.zombies(zone).length > 0) return false;
    if (status.mailboxDepth + status.pendingEffects + status.pendingHandoffs > 0) return false;
  }
  return clients.every(({ isAtRest }) => isAtRest);
}

function digestOf({ cluster, journal }: SimWorld): string {
  let hash = 0x811c9dc5;
  for (const zone of cluster.zones) {
    for (const { bytes } of journal.history(zone)) {
      for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    }
  }
  return hash.toString(16).padStart(8, '0');
}

function countsOf({ cluster, journal, witness, persistence, clients }: SimWorld): { [name: string]: number } {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const count = (kind: string): number => cluster.observations.filter((each) => each.kind === kind).length;
  return {
    records: sum(cluster.zones.map((zone) => journal.history(zone).length)),
    takeovers: count('opened'),
    prepared: cluster.observations.filter((each) => each.kind === 'opened' && each.isPrepared).length,
    fenced: count('fenced'),
    retries: count('append-retry'),
    handoffs: count('handoff-settled'),
    shown: witness.shown.length,
    effects: sum([...persistence.applied.values()].map((applied) => applied.length)),
    effectsRepeated: persistence.repeated,
    sightings: sum(clients.flatMap(({ devices }) => devices.map(({ sightings }) => sightings.length))),
    heard: sum(clients.flatMap(({ devices }) => devices.map(({ heard }) => heard.length))),
    logins: sum(clients.map(({ devices }) => devices.length - 1)),
    moves: cluster.observations.filter((each) => each.kind === 'closed' && each.reason !== 'fenced').length,
    reconnects: sum(clients.map(({ game }) => game.stats().reconnects)),
  };
}
