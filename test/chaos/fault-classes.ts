import type { ServiceKind } from '@overworld/cluster-runner';
import { type Arena, pause, ZONES } from './arena.ts';
import type { LinkMode, TcpProxy } from './tcp-proxy.ts';

/** Who is meant to notice a fault: the players of these zones, those who had to connect again, or everybody. */
export type Concerned = { readonly zones: readonly string[] } | 'reconnected' | 'all';

export interface Injury {
  /** What exactly was done, for the log. */
  readonly what: string;
  readonly concerned: Concerned;
}

/** A way to break a cluster, and to stop breaking it. Resolves when everything that it broke is allowed to work again. */
export interface FaultClass {
  readonly name: string;
  readonly needs?: 'three-nats' | 'proxies';
  run(arena: Arena, begun: (injury: Injury) => void): Promise<void>;
}

/** The shard that runs a zone, and all zones that it runs; another shard when nobody does. */
async function aShard(arena: Arena): Promise<{ readonly shard: string; readonly zones: readonly string[] }> {
  const owners = await arena.owners();
  const zone = arena.pick(ZONES);
  const shard = owners.get(zone) ?? 'shard-1';
  return { shard, zones: ZONES.filter((each) => owners.get(each) === shard) };
}

function aService(arena: Arena, kind: ServiceKind): string {
  return arena.pick(arena.cluster.of(kind)).name;
}

function killing(kind: ServiceKind, concerned: Concerned): FaultClass {
  return {
    name: `${kind} killed`,
    async run(arena, begun) {
      const name = aService(arena, kind);
      begun({ what: `kill -9 ${name}`, concerned });
      arena.cluster.kill(name);
      await pause(500);
    },
  };
}

function freezing(kind: ServiceKind, concerned: Concerned): FaultClass {
  return {
    name: `${kind} frozen`,
    async run(arena, begun) {
      const target = kind === 'shard' ? await aShard(arena) : { shard: aService(arena, kind), zones: [] };
      const ms = arena.between(2_000, 6_000);
      begun({
        what: `SIGSTOP ${target.shard}, SIGCONT after ${ms} ms`,
        concerned: kind === 'shard' ? { zones: target.zones } : concerned,
      });
      arena.cluster.kill(target.shard, 'SIGSTOP');
      await pause(ms);
      arena.cluster.kill(target.shard, 'SIGCONT');
      await pause(300);
    },
  };
}

const shardKilled: FaultClass = {
  name: 'shard killed',
  async run(arena, begun) {
    const { shard, zones } = await aShard(arena);
    begun({ what: `kill -9 ${shard} with ${zones.join(', ')}`, concerned: { zones } });
    arena.cluster.kill(shard);
    await pause(500);
  },
};

/** Faults of the lines between a kind of service and a server. */
function line(
  kind: ServiceKind,
  to: 'nats' | 'redis' | 'postgres',
  mode: 'blackhole' | 'delay' | 'slow' | 'cut',
): FaultClass {
  return {
    name: `${mode}: ${kind}–${to}`,
    needs: 'proxies',
    async run(arena, begun) {
      const owner = kind === 'shard' ? await aShard(arena) : { shard: aService(arena, kind), zones: [] };
      const proxies = arena.proxies.get(`${owner.shard} ${to}`) ?? [];
      const concerned: Concerned = kind === 'shard' ? { zones: owner.zones } : 'all';
      await (mode === 'cut' ? cut(owner.shard, proxies) : hold(owner.shard, proxies));

      async function cut(name: string, cuts: readonly TcpProxy[]): Promise<void> {
        begun({ what: `${name}–${to}: connections reset`, concerned });
        for (const proxy of cuts) proxy.cut();
        await pause(300);
      }

      async function hold(name: string, held: readonly TcpProxy[]): Promise<void> {
        const ms = arena.between(2_000, 5_000);
        // A slow one is slower than a handoff waits before it is sent again.
        const delayMs = mode === 'slow' ? arena.between(220, 300) : arena.between(20, 150);
        const link: LinkMode =
          mode === 'blackhole' ? { kind: 'blackhole' } : { kind: 'delay', delayMs, jitterMs: 60 };
        const how = link.kind === 'delay' ? `${link.delayMs} to ${link.delayMs + 60} ms late` : 'swallowed';
        begun({ what: `${name}–${to}: ${how} for ${ms} ms`, concerned });
        for (const proxy of held) proxy.set(link);
        await pause(ms);
        for (const proxy of held) proxy.set({ kind: 'pass' });
        await pause(300);
      }
    },
  };
}

const natsRestarted: FaultClass = {
  name: 'NATS restarted',
  async run(arena, begun) {
    const server = arena.pick(arena.cluster.infrastructure.nats);
    const ms = arena.between(100, 2_000);
    begun({ what: `kill -9 ${server.name}, started again after ${ms} ms`, concerned: 'all' });
    server.kill('SIGKILL');
    await pause(ms);
    await server.restart();
  },
};

const leaderKilled: FaultClass = {
  name: 'NATS stream leader killed',
  needs: 'three-nats',
  async run(arena, begun) {
    const server = await arena.cluster.infrastructure.natsLeaderOf('OVERWORLD_JOURNAL');
    begun({ what: `kill -9 ${server.name}, the journal's leader`, concerned: 'all' });
    server.kill('SIGKILL');
    await pause(arena.between(6_000, 9_000));
    await server.restart();
  },
};

const redisKilled: FaultClass = {
  name: 'Redis killed',
  async run(arena, begun) {
    const { redis } = arena.cluster.infrastructure;
    const ms = arena.between(500, 3_000);
    begun({ what: `kill -9 redis, started again after ${ms} ms`, concerned: 'all' });
    redis.kill('SIGKILL');
    await pause(ms);
    await redis.restart();
  },
};

const postgresRestarted: FaultClass = {
  name: 'PostgreSQL restarted',
  async run(arena, begun) {
    const signal = arena.pick(['SIGKILL', 'SIGQUIT'] as const);
    begun({ what: `${signal} to postgres`, concerned: 'all' });
    arena.cluster.infrastructure.postgres.kill(signal);
    await pause(1_500);
  },
};

/** Moves a zone to another shard, whichever runs it. */
async function moveOne(arena: Arena, zone: string): Promise<string> {
  const owner = (await arena.owners()).get(zone);
  const to = arena.pick(
    arena.cluster.of('shard').filter(({ name, isRunning }) => name !== owner && isRunning),
  ).name;
  return `${zone} from ${owner} to ${to}: ${await arena.move(zone, to)}`;
}

const migration: FaultClass = {
  name: 'zone moved',
  async run(arena, begun) {
    const zone = arena.pick(ZONES);
    begun({ what: `${zone} moves`, concerned: { zones: [zone] } });
    arena.say(`    ${await moveOne(arena, zone)}`);
  },
};

const shuffle: FaultClass = {
  name: 'zones moved and a shard killed',
  async run(arena, begun) {
    const { shard } = await aShard(arena);
    begun({ what: `both zones move while ${shard} is killed`, concerned: 'all' });
    const moves = ZONES.map((zone) => moveOne(arena, zone));
    await pause(arena.between(0, 150));
    arena.cluster.kill(shard);
    for (const move of await Promise.all(moves)) arena.say(`    ${move}`);
    await pause(500);
  },
};

function rolling(kind: ServiceKind, concerned: Concerned): FaultClass {
  return {
    name: `rolling restart: ${kind}s`,
    async run(arena, begun) {
      begun({
        what: `every ${kind} stops in an orderly way and starts again, one after the other`,
        concerned,
      });
      for (const { name, code, stoppedMs } of await arena.cluster.rollingRestart([kind])) {
        arena.say(`    ${name}: stopped after ${Math.round(stoppedMs)} ms with code ${code}`);
      }
    },
  };
}

export const FAULT_CLASSES: readonly FaultClass[] = [
  shardKilled,
  freezing('shard', 'all'),
  killing('gateway', 'reconnected'),
  freezing('gateway', 'all'),
  killing('session', 'all'),
  killing('persistence', 'all'),
  natsRestarted,
  leaderKilled,
  redisKilled,
  postgresRestarted,
  line('shard', 'nats', 'blackhole'),
  line('gateway', 'nats', 'blackhole'),
  line('session', 'nats', 'blackhole'),
  line('persistence', 'postgres', 'blackhole'),
  line('gateway', 'redis', 'blackhole'),
  line('shard', 'nats', 'delay'),
  line('shard', 'nats', 'slow'),
  line('gateway', 'nats', 'delay'),
  line('persistence', 'postgres', 'delay'),
  line('shard', 'nats', 'cut'),
  migration,
  shuffle,
  rolling('shard', 'all'),
  rolling('gateway', 'all'),
  rolling('session', 'all'),
];

/** The classes that a cluster of this kind can suffer, in a seeded order without end; each comes once before any comes again. */
export function* schedule(
  arena: Arena,
  has: { readonly threeNats: boolean; readonly proxies: boolean },
  wanted: (name: string) => boolean,
): Generator<FaultClass, never, void> {
  const fits = FAULT_CLASSES.filter(
    ({ name, needs }) =>
      wanted(name) && (needs === undefined || (needs === 'proxies' ? has.proxies : has.threeNats)),
  );
  for (;;) {
    const left = [...fits];
    while (left.length > 0) yield left.splice(arena.random.int(left.length), 1)[0] as FaultClass;
  }
}
