import { leaseKeys, type ShardMember, shardMember } from '@overworld/contracts';
import type { Clock, Lease, Leases } from '@overworld/ports';

const SILENT_MS = 3000;
const decoder = new TextDecoder();

interface Seen {
  readonly member: ShardMember;
  readonly changedAtMs: number;
}

/** The shards as they tell of themselves. One whose lease has not changed for three seconds counts as gone. */
export class Members {
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();
  readonly #stop: () => void;

  constructor(leases: Leases, clock: Clock) {
    this.#clock = clock;
    this.#stop = leases.watch(leaseKeys.shards, (key, lease) => this.#changed(key, lease));
  }

  close(): void {
    this.#stop();
  }

  isAlive(id: string): boolean {
    const seen = this.#seen.get(id);
    return seen !== undefined && this.#clock.now() - seen.changedAtMs < SILENT_MS;
  }

  /** The shard with the least to do among those that take zones; ties go to the lower id. */
  leastLoaded(except: ReadonlySet<string> = new Set()): ShardMember | undefined {
    let best: ShardMember | undefined;
    for (const { member } of this.#seen.values()) {
      if (member.draining || except.has(member.id) || !this.isAlive(member.id)) continue;
      if (best === undefined || isLessLoaded(member, best)) best = member;
    }
    return best;
  }

  #changed(key: string, lease: Lease | undefined): void {
    const id = key.slice(leaseKeys.shards.length);
    const member = lease === undefined ? undefined : parseMember(lease.value);
    if (member === undefined) this.#seen.delete(id);
    else this.#seen.set(id, { member, changedAtMs: this.#clock.now() });
  }
}

function parseMember(value: Uint8Array): ShardMember | undefined {
  const parsed = shardMember.safeParse(parseJson(value));
  return parsed.success ? parsed.data : undefined;
}

export function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(value)) as unknown;
  } catch {
    return undefined;
  }
}

function isLessLoaded(a: ShardMember, b: ShardMember): boolean {
  if (a.load !== b.load) return a.load < b.load;
  if (a.zones !== b.zones) return a.zones < b.zones;
  return a.id < b.id;
}
