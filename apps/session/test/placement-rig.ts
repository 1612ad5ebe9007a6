import { leaseKeys, type Refusal, shardCalls, type World } from '@overworld/contracts';
import { PresenceLease, readOwner, type ServiceCaller } from '@overworld/platform';
import { FakeClock, FakeLeases } from '@overworld/testkit';
import { Leadership } from '../src/leadership.ts';
import { Members } from '../src/members.ts';
import { Rebalancer } from '../src/rebalancer.ts';
import { Recovery } from '../src/recovery.ts';
import { Zones } from '../src/zones.ts';
import { MemoryStores } from './memory-stores.ts';

export const WORLD: World = {
  name: 'hills',
  title: 'Hills',
  ruleset: 'hills',
  entry: 'hills-1',
  zones: ['hills-1', 'hills-2', 'hills-3', 'hills-4'].map((id) => ({ id, params: {} })),
};

export let clock: FakeClock;
export let store: FakeLeases;
export let shards: Map<string, Shard>;

/** A shard process, as far as its lease and its answers go. */
export class Shard {
  readonly id: string;
  readonly leases: FakeLeases;
  readonly zones = new Map<string, number>();
  readonly lease: PresenceLease;
  load = 0;
  measurement = 0;
  /** Zones that it cannot open, and how often it has tried. */
  readonly failing = new Set<string>();
  attempts = 0;
  /** So many activations are done and not answered. */
  unanswered = 0;
  isStalled = false;
  draining = false;
  run = 'first';
  /** Of zones that run elsewhere. */
  readonly prepared = new Set<string>();
  /** Has enough to keep ready. */
  isFull = false;
  /** What it was asked, in order. */
  readonly asked: string[] = [];
  /** The call that it never answers. */
  mute = '';
  /** Dead: no answer, and the bus knows of no listener. Frozen: no answer. */
  state: 'up' | 'dead' | 'frozen' = 'up';

  constructor(id: string) {
    this.id = id;
    this.leases = store.port();
    this.lease = new PresenceLease({
      key: leaseKeys.shard(id),
      leases: this.leases,
      clock,
      describe: (heartbeat) => {
        if (!this.isStalled) this.measurement += 1;
        const { load, measurement, draining, run } = this;
        return { id, zones: this.zones.size, players: 0, load, measurement, run, heartbeat, draining };
      },
    });
    shards.set(id, this);
  }

  end(state: 'dead' | 'frozen'): void {
    this.state = state;
    this.leases.away = true;
  }

  answer(pattern: string, request: { zone?: string; spec?: { id: string }; owner?: string }): object {
    if (pattern !== shardCalls.ping.pattern) this.asked.push(pattern);
    if (pattern === shardCalls.snapshot.pattern) return {};
    if (pattern === shardCalls.watches.pattern) return { sequence: 1 };
    if (pattern === shardCalls.forget.pattern) {
      this.prepared.delete(request.zone as string);
      return {};
    }
    if (pattern === shardCalls.prepare.pattern) {
      if (this.isFull) return { refused: 'busy', detail: 'this shard prepares 8 zones already' };
      this.prepared.add((request.spec as { id: string }).id);
      return { sequence: 1 };
    }
    if (pattern === shardCalls.ping.pattern) return { heartbeat: 1 };
    if (pattern === shardCalls.hibernate.pattern) {
      this.zones.delete(request.zone as string);
      return { tick: 1, hash: '' };
    }
    if (pattern === shardCalls.standing.pattern) {
      if (!this.zones.has(request.zone as string)) return { refused: 'zone-unavailable', detail: 'not here' };
      return { seat: 'dropped', toZone: '', pendingEffects: 0, players: 1 };
    }
    if (pattern === shardCalls.zones.pattern) {
      const zones = [...this.zones].map(([zone, epoch]) => ({ zone, epoch, tick: 1, players: 0, load: 0.3 }));
      return { zones };
    }
    const zone = (request.spec as { id: string }).id;
    const isPrepared = this.prepared.delete(zone);
    if (request.owner === 'closing' && !isPrepared) return { refused: 'busy', detail: 'not prepared here' };
    if (this.failing.has(zone)) {
      this.attempts += 1;
      return { refused: 'zone-failed', detail: `${zone}: ruleset-failed: it throws` };
    }
    if (!this.zones.has(zone)) this.zones.set(zone, nextEpoch++);
    return { epoch: this.zones.get(zone) as number };
  }
}

let nextEpoch = 1;

/** One session process. */
export class Session {
  readonly leases = store.port();
  readonly gone: string[] = [];
  readonly presence: PresenceLease;
  readonly members: Members;
  readonly zones: Zones;
  readonly recovery: Recovery;
  readonly leadership: Leadership;
  readonly rebalancer: Rebalancer;

  constructor(id: string) {
    const { leases } = this;
    this.presence = new PresenceLease({
      key: leaseKeys.session(id),
      leases,
      clock,
      describe: (heartbeat) => ({ id, heartbeat }),
      renewMs: 450,
    });
    const services = { call: ask, notify: () => {} } as unknown as ServiceCaller;
    this.members = new Members({
      leases,
      clock,
      writes: () => this.presence.writes(),
      write: () => this.presence.renew(),
      probe: async (shard) => {
        const state = shards.get(shard)?.state ?? 'dead';
        return state === 'frozen' ? undefined : state === 'up';
      },
      gone: (shard) => {
        this.gone.push(shard);
        void this.recovery.recover(shard);
      },
    });
    this.zones = new Zones({
      worlds: [WORLD],
      stores: new MemoryStores(),
      leases,
      clock,
      members: this.members,
      services,
    });
    this.recovery = new Recovery(
      this.zones,
      clock,
      () => {},
      (shard) => this.members.isAlive(shard),
    );
    this.leadership = new Leadership(leaseKeys.leader, id, leases, clock);
    const { leadership, members, zones } = this;
    this.rebalancer = new Rebalancer({ leadership, members, zones, services, clock });
  }

  async start(): Promise<void> {
    await this.presence.start();
    await this.leadership.start();
  }
}

async function ask(call: { pattern: string }, request: object, instance: string): Promise<object | Refusal> {
  const shard = shards.get(instance);
  if (shard?.mute === call.pattern) return new Promise(() => {});
  if (call.pattern === shardCalls.activate.pattern && shard?.state === 'up' && shard.unanswered > 0) {
    shard.unanswered -= 1;
    shard.answer(call.pattern, request as never);
    return { refused: 'busy', detail: 'no answer in time' };
  }
  if (shard?.state === 'up') return shard.answer(call.pattern, request);
  const refused = shard?.state === 'frozen' ? 'busy' : 'zone-unavailable';
  return { refused, detail: 'no answer' };
}

export async function owner(zone: string): Promise<string | undefined> {
  const lease = await store.get(leaseKeys.zone(zone));
  return lease === undefined ? undefined : readOwner(lease)?.shard;
}

/** Every shard that believes that it runs the zone. */
export function runners(zone: string): string[] {
  return [...shards.values()].filter(({ zones }) => zones.has(zone)).map(({ id }) => id);
}

export let sessions: Session[];

/** Three shards and two session processes, half a second old. */
export async function beginPlacement(): Promise<void> {
  clock = new FakeClock();
  store = new FakeLeases();
  shards = new Map();
  for (const id of ['shard-1', 'shard-2', 'shard-3']) await new Shard(id).lease.start();
  sessions = [new Session('session-1'), new Session('session-2')];
  for (const session of sessions) await session.start();
  await clock.advance(500);
}

export const [FIRST, SECOND] = [0, 1] as const;
export const session = (index: 0 | 1): Session => sessions[index] as Session;
export const shard = (id: string): Shard => shards.get(id) as Shard;

export async function during<T>(work: Promise<T>, forMs = 3000): Promise<T> {
  let outcome: { value: T } | undefined;
  void work.then((value) => {
    outcome = { value };
  });
  for (let passedMs = 0; passedMs < forMs && outcome === undefined; passedMs += 20) await clock.advance(20);
  if (outcome === undefined) throw new Error('it did not end');
  return outcome.value;
}
