import { leaseKeys, type ShardMember, shardMember } from '@overworld/contracts';
import { decodeObject, type WritesArrived } from '@overworld/platform';
import type { Clock, Lease, Leases } from '@overworld/ports';

/** A lease that has not changed for so long belongs to a process that is dead, frozen or cut off. */
const SILENT_MS = 1300;
/** A lease that is due is looked after: until then nobody asks, for a lease that comes in time says more than an answer. */
const DUE_MS = 320;
/** A shard that nobody listens for on the bus, for so long, with a lease that is overdue: its process has ended. */
const UNREACHABLE_MS = 150;
const OVERDUE_MS = 550;
/** Between two looks at leases that are due; while none is, nobody looks. */
const LOOK_MS = 100;
/** What a shard says about its load is believed while it measures anew. */
const STALE_LOAD_MS = 5000;
/** A zone that has just come is in a shard's load once it was there for a whole measurement. */
const MEASURED_AFTER = 2;
const MANY_EXPECTED = 100;
/** What a zone is taken to cost that nobody has measured, where no other zone tells of it: the shares of a core. */
const LEAST_ZONE_LOAD = 0.01;

export interface MembersPorts {
  readonly leases: Leases;
  readonly clock: Clock;
  /** When this process's own writes are known to have reached the leases: only there does silence count. */
  readonly writes: () => WritesArrived | undefined;
  /** Has this process write to the leases now: what a silence means is known up to then. Never rejects. */
  readonly write: () => Promise<void>;
  /** Whether somebody listens for this shard on the bus; undefined when that cannot be told. */
  readonly probe: (shard: string) => Promise<boolean | undefined>;
  /** Told once for every shard that has gone, however it went. */
  readonly gone: (shard: string) => void;
}

/** A zone on its way to a shard, whose newest report does not know of it. */
interface Expected {
  readonly shard: string;
  readonly measurement: number;
  readonly atMs: number;
}

interface Seen {
  member: ShardMember;
  changedAtMs: number;
  measuredAtMs: number;
  unreachableSinceMs: number | undefined;
  isGone: boolean;
}

/**
 * The shards as they tell of themselves. One is gone when its lease has been silent for 1.3 s on this process's own clock,
 * or when the bus knows no listener for it and the lease is overdue; a lease that is due has the bus asked, and this process
 * write. Silence counts only while this process can write to the leases itself: when the store is away, everybody is silent and
 * nobody is dead.
 */
export class Members {
  readonly #ports: MembersPorts;
  readonly #seen = new Map<string, Seen>();
  readonly #expected = new Map<string, Expected>();
  readonly #stopWatch: () => void;
  #cancelLook: (() => void) | undefined;
  #isWriting = false;
  #closed = false;

  constructor(ports: MembersPorts) {
    this.#ports = ports;
    this.#stopWatch = ports.leases.watch(leaseKeys.shards, (key, lease) => this.#changed(key, lease));
    this.#lookLater();
  }

  close(): void {
    this.#closed = true;
    this.#stopWatch();
    this.#cancelLook?.();
  }

  isAlive(id: string): boolean {
    const seen = this.#seen.get(id);
    return seen !== undefined && !seen.isGone;
  }

  /** The process that is alive under this id, to tell it from one that takes its place; undefined when none is. */
  runOf(id: string): string | undefined {
    return this.isAlive(id) ? (this.#seen.get(id)?.member.run ?? '') : undefined;
  }

  /** Alive, and takes zones. */
  takes(id: string): boolean {
    return this.isAlive(id) && this.#seen.get(id)?.member.draining === false;
  }

  /** Those that are alive, with the load that may be believed: one that is stale or impossible counts as endless. */
  alive(): ShardMember[] {
    const found: ShardMember[] = [];
    for (const seen of this.#seen.values()) if (!seen.isGone) found.push(this.#believed(seen));
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** The zone starts at this shard: it counts there from now on, though the shard has not told of it yet. */
  expects(shard: string, zone: string): void {
    // Where nothing is placed for long, nobody else looks for those that are over.
    if (this.#expected.size >= MANY_EXPECTED) this.#coming();
    const { measurement } = this.#seen.get(shard)?.member ?? { measurement: 0 };
    this.#expected.set(zone, { shard, measurement, atMs: this.#ports.clock.now() });
  }

  /**
   * The shard with the least to do among those that take zones, with what is on its way to it; ties go to the lower id.
   * Each zone on its way is taken to cost what the zones that run cost on average.
   */
  leastLoaded(except: ReadonlySet<string> = new Set()): ShardMember | undefined {
    const alive = this.alive();
    const coming = this.#coming();
    const zoneLoad = meanZoneLoad(alive);
    let best: ShardMember | undefined;
    for (const member of alive) {
      if (member.draining || except.has(member.id)) continue;
      const more = coming.get(member.id) ?? 0;
      const loaded = { ...member, zones: member.zones + more, load: member.load + more * zoneLoad };
      if (best === undefined || isLessLoaded(loaded, best)) best = loaded;
    }
    return best;
  }

  /** How many zones are on their way to each shard. Those that a shard has measured meanwhile are forgotten. */
  #coming(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const nowMs = this.#ports.clock.now();
    for (const [zone, { shard, measurement, atMs }] of this.#expected) {
      const measured = this.#seen.get(shard)?.member.measurement ?? 0;
      const isOver = measured >= measurement + MEASURED_AFTER || nowMs - atMs > STALE_LOAD_MS;
      if (isOver) this.#expected.delete(zone);
      else counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    return counts;
  }

  #believed({ member, measuredAtMs }: Seen): ShardMember {
    const isStale = this.#ports.clock.now() - measuredAtMs > STALE_LOAD_MS;
    return isStale || !(member.load >= 0) ? { ...member, load: Number.POSITIVE_INFINITY } : member;
  }

  #changed(key: string, lease: Lease | undefined): void {
    const id = key.slice(leaseKeys.shards.length);
    const seen = this.#seen.get(id);
    const member = lease === undefined ? undefined : parseMember(lease.value);
    if (member === undefined) {
      this.#seen.delete(id);
      if (seen !== undefined && !seen.isGone) this.#ports.gone(id);
      return;
    }
    // It was started again before anybody missed it: what the old process ran, nobody runs.
    if (seen !== undefined && !seen.isGone && seen.member.run !== member.run) this.#ports.gone(id);
    const nowMs = this.#ports.clock.now();
    const isNewLoad = seen === undefined || member.measurement !== seen.member.measurement;
    const measuredAtMs = isNewLoad ? nowMs : seen.measuredAtMs;
    this.#seen.set(id, {
      member,
      changedAtMs: nowMs,
      measuredAtMs,
      unreachableSinceMs: undefined,
      isGone: false,
    });
  }

  #lookLater(): void {
    this.#cancelLook = this.#ports.clock.after(Math.max(LOOK_MS, this.#untilDueMs()), () => {
      this.#look();
      if (!this.#closed) this.#lookLater();
    });
  }

  /** Until the first lease may be due; one that is new meanwhile is due later. */
  #untilDueMs(): number {
    const nowMs = this.#ports.clock.now();
    let untilMs = DUE_MS;
    for (const { isGone, changedAtMs } of this.#seen.values()) {
      if (!isGone) untilMs = Math.min(untilMs, changedAtMs + DUE_MS - nowMs);
    }
    return untilMs;
  }

  #look(): void {
    if (this.#asksForDue()) void this.#write();
    const writes = this.#ports.writes();
    if (writes === undefined) {
      for (const seen of this.#seen.values()) seen.unreachableSinceMs = undefined;
      return;
    }
    const { sinceMs, untilMs } = writes;
    for (const [id, seen] of this.#seen) {
      if (seen.isGone) continue;
      const silentMs = untilMs - Math.max(seen.changedAtMs, sinceMs);
      const unreachableMs = untilMs - Math.max(seen.unreachableSinceMs ?? untilMs, sinceMs);
      const hasEnded = unreachableMs >= UNREACHABLE_MS && silentMs >= OVERDUE_MS;
      if (silentMs < SILENT_MS && !hasEnded) continue;
      seen.isGone = true;
      this.#ports.gone(id);
    }
  }

  /** Asks after every shard whose lease is due; whether there is any. */
  #asksForDue(): boolean {
    const dueMs = this.#ports.clock.now() - DUE_MS;
    let isDue = false;
    for (const [id, seen] of this.#seen) {
      if (seen.isGone || seen.changedAtMs > dueMs) continue;
      isDue = true;
      void this.#probe(id);
    }
    return isDue;
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    await this.#ports.write();
    this.#isWriting = false;
  }

  async #probe(id: string): Promise<void> {
    const isListening = await this.#ports.probe(id);
    const seen = this.#seen.get(id);
    if (seen === undefined || isListening === undefined) return;
    if (isListening) seen.unreachableSinceMs = undefined;
    else seen.unreachableSinceMs ??= this.#ports.clock.now();
  }
}

function parseMember(value: Uint8Array): ShardMember | undefined {
  const parsed = shardMember.safeParse(decodeObject(value));
  return parsed.success ? parsed.data : undefined;
}

function isLessLoaded(a: ShardMember, b: ShardMember): boolean {
  if (a.load !== b.load) return a.load < b.load;
  if (a.zones !== b.zones) return a.zones < b.zones;
  return a.id < b.id;
}

function meanZoneLoad(members: readonly ShardMember[]): number {
  let [zones, load] = [0, 0];
  for (const member of members) {
    if (!Number.isFinite(member.load)) continue;
    zones += member.zones;
    load += member.load;
  }
  return Math.max(LEAST_ZONE_LOAD, zones === 0 ? 0 : load / zones);
}
