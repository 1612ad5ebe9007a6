import { encodeBatch, leaseKeys, subjects, type World, type ZoneCommand } from '@overworld/contracts';
import { readOwner } from '@overworld/platform';
import type { Blobs, Bus, BusHandler, Clock, Journal, JournalRecord, Leases } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import {
  decodeRecord,
  decodeSnapshot,
  passingJournal,
  snapshotKeys,
  withinTime,
  ZoneActor,
  type ZoneSpec,
} from '@overworld/zone';

/** All rehearsals of a process together: it announces itself only after them. */
const BUDGET_MS = 1_500;
/** Of leases, journal and blobs: a rehearsal is never worth waiting for. */
const ANSWER_MS = 500;
const MOST_RECORDS = 512;
const MOST_TICKS = 300;
const PLAYERS = 40;
const GATEWAY = 'rehearsal';

export interface RehearsalPorts {
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly rulesets: ReadonlyMap<string, AnyRuleset>;
  readonly worlds: readonly World[];
}

export interface Rehearsed {
  readonly zone: string;
  readonly ticks: number;
  /** The zone that was rehearsed runs somewhere; otherwise it was a new one with players who stand about. */
  readonly isReal: boolean;
}

/** What there is of a zone: its last snapshot and the journal behind it. */
interface Script {
  readonly spec: ZoneSpec;
  readonly records: JournalRecord[];
  readonly snapshots: ReadonlyMap<string, Uint8Array>;
  readonly isReal: boolean;
}

/**
 * Takes zones over without anybody noticing: reads what a takeover would read, opens the zone on ports that lead nowhere, runs
 * it for some seconds of zone time, and throws it away. A process that has never run a zone takes five times as long to
 * recover its first one, because its code is not compiled yet; players would wait for that.
 */
export async function rehearse(ports: RehearsalPorts): Promise<Rehearsed[]> {
  const endMs = ports.clock.now() + BUDGET_MS;
  const rehearsed: Rehearsed[] = [];
  const listed = await withinTime(ports.clock, ANSWER_MS, runningZones(ports.leases));
  const running = listed?.value ?? new Map<string, string>();
  for (const ruleset of ports.rulesets.values()) {
    if (ports.clock.now() >= endMs) break;
    const script = await scriptFor(ruleset, running, ports);
    const ticks = await perform(script, ruleset, endMs, ports.clock).catch(() => 0);
    rehearsed.push({ zone: script.spec.id, ticks, isReal: script.isReal });
  }
  return rehearsed;
}

/** By world, one zone that runs. */
async function runningZones(leases: Leases): Promise<Map<string, string>> {
  const zones = new Map<string, string>();
  for (const lease of await leases.list(leaseKeys.zones)) {
    const owner = readOwner(lease);
    if (owner !== undefined) zones.set(owner.world, lease.key.slice(leaseKeys.zones.length));
  }
  return zones;
}

async function scriptFor(
  ruleset: AnyRuleset,
  running: ReadonlyMap<string, string>,
  ports: RehearsalPorts,
): Promise<Script> {
  const worlds = ports.worlds.filter((world) => world.ruleset === ruleset.name);
  for (const { name } of worlds) {
    const zone = running.get(name);
    if (zone === undefined) continue;
    const found = (await withinTime(ports.clock, ANSWER_MS, readScript(zone, ports)))?.value;
    if (found !== undefined && found.spec.ruleset === ruleset.name) return found;
  }
  return newScript(ruleset, worlds);
}

async function readScript(zone: string, { journal, blobs }: RehearsalPorts): Promise<Script | undefined> {
  const [key] = await snapshotKeys(blobs, zone);
  const bytes = key === undefined ? undefined : await blobs.get(key);
  const snapshot = bytes === undefined ? undefined : decodeSnapshot(bytes);
  if (key === undefined || bytes === undefined || snapshot === undefined) return undefined;
  // From the record on that the snapshot contains, as a journal that was trimmed behind it.
  const records = [...(await journal.read(zone, snapshot.sequence - 1, MOST_RECORDS))];
  if (records.length === 0) return undefined;
  return { spec: snapshot.birth.spec, records, snapshots: new Map([[key, bytes]]), isReal: true };
}

/** For a cluster where nothing runs yet. */
function newScript(ruleset: AnyRuleset, worlds: readonly World[]): Script {
  const declared = worlds.flatMap((world) => world.zones)[0];
  const spec: ZoneSpec = {
    id: declared?.id ?? 'rehearsal',
    world: worlds[0]?.name ?? '',
    ruleset: ruleset.name,
    zoneNumber: 1,
    seed: 'rehearsal',
    params: declared?.params ?? {},
  };
  return { spec, records: [], snapshots: new Map(), isReal: false };
}

/** Resolves with the number of ticks that were run. */
async function perform(script: Script, ruleset: AnyRuleset, endMs: number, real: Clock): Promise<number> {
  const stage = new Stage(script, real);
  const actor = await ZoneActor.open(script.spec, ruleset, { owner: GATEWAY }, stage);
  if ('refused' in actor) return 0;
  if (!script.isReal) stage.deliver(joins(Math.min(PLAYERS, ruleset.definition.capacity.players)));
  let ticks = 0;
  for (; ticks < MOST_TICKS && actor.state === 'running' && real.now() < endMs; ticks += 1) {
    stage.moveOn(1000 / ruleset.tickHz);
    actor.advance(stage.clock.now());
    // The journal's answer, and whatever else this process has to do.
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  stage.clear();
  void actor.close();
  return ticks;
}

function joins(count: number): ZoneCommand[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'join',
    player: (index + 1).toString(16).padStart(16, '0'),
    name: `Player ${index + 1}`,
    character: new Uint8Array(0),
  }));
}

/** Ports of a zone that nobody hears: what it writes is remembered for as long as it lasts. */
class Stage {
  readonly journal: Journal;
  readonly blobs: Blobs;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly #zone: string;
  readonly #handlers = new Map<string, BusHandler>();
  #nowMs = 0;

  constructor({ spec, records, snapshots }: Script, real: Clock) {
    this.#zone = spec.id;
    const wallMs = decodeRecord(records.at(-1)?.bytes ?? new Uint8Array(0))?.wallMs ?? real.wall();
    this.clock = {
      now: () => this.#nowMs,
      wall: () => wallMs + this.#nowMs,
      after: (_delayMs, callback) => real.after(0, callback),
    };
    this.journal = passingJournal(records);
    this.blobs = {
      put: async () => {},
      get: async (key) => snapshots.get(key),
      delete: async () => {},
      list: async (prefix) => [...snapshots.keys()].filter((key) => key.startsWith(prefix)),
    };
    this.bus = {
      connected: true,
      publish: () => {},
      subscribe: (subject, handler) => {
        this.#handlers.set(subject, handler);
        return { dropped: 0, unsubscribe: () => this.#handlers.delete(subject) };
      },
      request: async () => ({ kind: 'no-responder' }),
      onStatus: () => () => {},
      close: async () => {},
    };
  }

  moveOn(byMs: number): void {
    this.#nowMs += byMs;
  }

  deliver(commands: readonly ZoneCommand[]): void {
    const subject = subjects.zoneIn(this.#zone);
    this.#handlers.get(subject)?.({ subject, payload: encodeBatch(GATEWAY, commands) });
  }

  clear(): void {
    this.#handlers.clear();
  }
}
