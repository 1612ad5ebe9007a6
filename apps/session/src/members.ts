import { leaseKeys, type ShardMember, shardMember } from '@overworld/contracts';
import { decodeObject, type WritesArrived } from '@overworld/platform';
import type { Clock, Lease, Leases } from '@overworld/ports';

/** A lease that has not changed for so long belongs to a process that is dead, frozen or cut off. */
const SILENT_MS = 1300;
/** A shard that nobody listens for on the bus, for so long, with a lease that is overdue: its process has ended. */
const UNREACHABLE_MS = 300;
const OVERDUE_MS = 450;
const PROBE_MS = 150;
const LOOK_MS = 100;
/** What a shard says about its load is believed while it measures anew. */
const STALE_LOAD_MS = 5000;

export interface MembersPorts {
  readonly leases: Leases;
  readonly clock: Clock;
  /** When this process's own writes are known to have reached the leases: only there does silence count. */
  readonly writes: () => WritesArrived | undefined;
  /** Whether somebody listens for this shard on the bus; undefined when that cannot be told. */
  readonly probe: (shard: string) => Promise<boolean | undefined>;
  /** Told once for every shard that has gone, however it went. */
  readonly gone: (shard: string) => void;
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
 * or when the bus knows no listener for it and the lease is overdue. Silence counts only while this process can write to
 * the leases itself: when the store is away, everybody is silent and nobody is dead.
 */
export class Members {
  readonly #ports: MembersPorts;
  readonly #seen = new Map<string, Seen>();
  readonly #stopWatch: () => void;
  #cancelLook: (() => void) | undefined;
  #cancelProbe: (() => void) | undefined;
  #closed = false;

  constructor(ports: MembersPorts) {
    this.#ports = ports;
    this.#stopWatch = ports.leases.watch(leaseKeys.shards, (key, lease) => this.#changed(key, lease));
    this.#lookLater();
    this.#probeLater();
  }

  close(): void {
    this.#closed = true;
    this.#stopWatch();
    this.#cancelLook?.();
    this.#cancelProbe?.();
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

  /** The shard with the least to do among those that take zones; ties go to the lower id. */
  leastLoaded(except: ReadonlySet<string> = new Set()): ShardMember | undefined {
    let best: ShardMember | undefined;
    for (const member of this.alive()) {
      if (member.draining || except.has(member.id)) continue;
      if (best === undefined || isLessLoaded(member, best)) best = member;
    }
    return best;
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
    this.#cancelLook = this.#ports.clock.after(LOOK_MS, () => {
      this.#look();
      if (!this.#closed) this.#lookLater();
    });
  }

  #look(): void {
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

  #probeLater(): void {
    this.#cancelProbe = this.#ports.clock.after(PROBE_MS, () => {
      for (const [id, seen] of this.#seen) if (!seen.isGone) void this.#probe(id);
      if (!this.#closed) this.#probeLater();
    });
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
