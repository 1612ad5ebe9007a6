import { Controller } from '@nestjs/common';
import {
  decodeBatch,
  leaseKeys,
  type Refusal,
  type Standing,
  shardCalls,
  subjects,
} from '@overworld/contracts';
import { Serves } from '@overworld/platform';
import type { Bus, Leases } from '@overworld/ports';

const encoder = new TextEncoder();
const NONE: Standing = { seat: 'none', toZone: '', pendingEffects: 0, players: 0 };

/** A shard that runs nothing: it answers as a test says, and remembers what it was asked. */
@Controller()
export class FakeShard {
  static readonly id = 'shard-a';
  static activated: string[] = [];
  static hibernated: string[] = [];
  /** By `zone/player`; a zone's head count under `zone/*`. */
  static standings = new Map<string, Standing>();
  static left: string[] = [];
  /** Zones that cannot be opened. */
  static failing = new Set<string>();

  static reset(): void {
    FakeShard.activated = [];
    FakeShard.hibernated = [];
    FakeShard.left = [];
    FakeShard.standings.clear();
    FakeShard.failing.clear();
  }

  @Serves(shardCalls.activate)
  activate({ spec }: { spec: { id: string } }): { epoch: number } | Refusal {
    FakeShard.activated.push(spec.id);
    if (FakeShard.failing.has(spec.id)) return { refused: 'zone-failed', detail: 'bad-snapshot: damaged' };
    return { epoch: 1 };
  }

  @Serves(shardCalls.hibernate)
  hibernate({ zone }: { zone: string }): { tick: number; hash: string } {
    FakeShard.hibernated.push(zone);
    return { tick: 1, hash: '' };
  }

  @Serves(shardCalls.ping)
  ping(): { heartbeat: number } {
    return { heartbeat: 1 };
  }

  @Serves(shardCalls.standing)
  standing({ zone, player }: { zone: string; player: string }): Standing | Refusal {
    if (FakeShard.failing.has(zone)) return { refused: 'zone-unavailable', detail: 'it does not run here' };
    return FakeShard.standings.get(`${zone}/${player}`) ?? FakeShard.standings.get(`${zone}/*`) ?? NONE;
  }
}

/** Makes the shard known, and known as the owner of these zones. */
export async function announce(
  leases: Leases,
  zones: readonly string[],
  id = FakeShard.id,
  load = 0,
): Promise<void> {
  const member = { id, zones: zones.length, players: 0, load, heartbeat: 1, draining: false };
  await put(leases, leaseKeys.shard(id), member);
  for (const zone of zones) await put(leases, leaseKeys.zone(zone), { shard: id, world: '', epoch: 1 });
}

async function put(leases: Leases, key: string, value: unknown): Promise<void> {
  const held = await leases.get(key);
  const bytes = encoder.encode(JSON.stringify(value));
  if (held === undefined) await leases.create(key, bytes);
  else await leases.update(key, bytes, held.revision);
}

/** A zone, as far as it gives a seat up when it is asked to. */
export function obeyLeaves(bus: Bus, zone: string): () => void {
  const subscription = bus.subscribe(subjects.zoneIn(zone), ({ payload }) => {
    for (const command of decodeBatch(payload)?.commands ?? []) {
      if (command.kind !== 'leave') continue;
      FakeShard.left.push(zone);
      FakeShard.standings.delete(`${zone}/${command.player}`);
    }
  });
  return () => subscription.unsubscribe();
}
