import type { Costs } from './costs.ts';

/** What is supposed where nothing was measured: who plays how, what a machine is, what it costs. */
export const ASSUMPTIONS = {
  playersPerZone: { value: 100, about: 'players in a zone' },
  othersPerZone: { value: 100, about: 'other entities in a zone' },
  entitiesInSight: { value: 30, about: 'entities that a player sees' },
  tickHz: { value: 20, about: 'ticks a second' },
  inputsPerSecond: { value: 10, about: 'inputs of a player a second' },
  sessionMinutes: { value: 30, about: 'minutes between login and leaving' },
  writesPerSession: {
    value: 6,
    about: 'writes to PostgreSQL in that time: login, renewed tokens, saved characters',
  },
  chatLinesPerMinute: { value: 1, about: 'lines of chat of a player a minute' },
  coreShare: { value: 0.6, about: 'of its core that a process may take: the rest is for peaks' },
  connections: { value: 5000, about: 'players that one gateway lets in (OVERWORLD_MAX_CONNECTIONS)' },
  processMiB: { value: 200, about: 'MiB of memory of a process without players and zones' },
  natsCores: { value: 24, about: 'cores of a NATS cluster: three servers with eight each' },
  natsReplicas: { value: 3, about: 'servers on which each record of a journal lies' },
  natsGbits: { value: 30, about: 'Gbit/s that the three can send' },
  journalAppends: { value: 50_000, about: 'records a second that the one stream of the journals takes' },
  postgresWrites: { value: 3000, about: 'small transactions a second of one PostgreSQL' },
  redisDeliveries: { value: 100_000, about: 'messages a second that one Redis delivers' },
  coreDollars: { value: 25, about: 'dollars a month for a core' },
  gibDollars: { value: 3, about: 'dollars a month for a GiB of memory' },
  trafficDollars: { value: 0.05, about: 'dollars for a GB out to players' },
} as const;

type Assumptions = { readonly [name in keyof typeof ASSUMPTIONS]: number };

const assumed = Object.fromEntries(
  Object.entries(ASSUMPTIONS).map(([name, { value }]) => [name, value]),
) as Assumptions;

export const SIZES = [1000, 10_000, 100_000, 1_000_000] as const;

const US_PER_SECOND = 1e6;
const SECONDS_PER_MONTH = 730 * 3600;
const MIB_PER_GIB = 1024;
const PRESENCE_PER_SESSION = 2;
/** Session, persistence and AI: two processes each, so that one may be away. */
const OTHER_PROCESSES = 6;

/** One of a kind, which more pods of ours do not relieve. */
export interface Bottleneck {
  readonly name: string;
  /** Of what it can do: above 1 it is too much. */
  readonly share: number;
}

export interface Capacity {
  readonly players: number;
  readonly zones: number;
  readonly gateways: number;
  readonly shards: number;
  /** Zones that one gateway follows: players of a zone are at any gateway. */
  readonly zonesPerGateway: number;
  readonly natsMessagesPerSecond: number;
  readonly natsMegabytesPerSecond: number;
  readonly natsCores: number;
  readonly journalAppendsPerSecond: number;
  readonly journalMegabytesPerSecond: number;
  readonly redisDeliveriesPerSecond: number;
  readonly postgresWritesPerSecond: number;
  readonly playerMegabitsPerSecond: number;
  /** Dollars a month for each thousand players, who are there all the time. */
  readonly dollars: { readonly cores: number; readonly memory: number; readonly traffic: number };
  readonly bottlenecks: readonly Bottleneck[];
}

/** The zones of which at least one player is at a certain gateway, when players come in through any of them. */
export function zonesAtGateway(zones: number, playersPerZone: number, gateways: number): number {
  return zones * (1 - (1 - 1 / gateways) ** playersPerZone);
}

/** Messages with inputs a second: where many speak to one zone they share a few in each tick. */
function batchesFrom(players: number, followed: number, costs: Costs, a: Assumptions): number {
  return Math.min(players * a.inputsPerSecond, followed * a.tickHz * costs.gatewayZoneBatches);
}

/** The fewest gateways that have the processor time for all players: the more there are, the fewer zones each follows. */
function gatewaysFor(players: number, zones: number, costs: Costs, a: Assumptions): number {
  const perClient = (costs.gatewayClientTick + costs.gatewaySightTick * a.entitiesInSight) * a.tickHz;
  const room = a.coreShare * US_PER_SECOND - costs.gatewayProcess;
  const isEnough = (gateways: number): boolean => {
    const followed = zonesAtGateway(zones, a.playersPerZone, gateways);
    const perZones = followed * a.tickHz * costs.gatewayZoneTick;
    const batches = batchesFrom(players / gateways, followed, costs, a) * costs.gatewayBatch;
    return (players / gateways) * perClient + perZones + batches <= room;
  };
  let [low, high] = [1, Math.max(1, players)];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle + 1;
  }
  return Math.max(low, Math.ceil(players / a.connections));
}

function shardsFor(players: number, zones: number, batches: number, costs: Costs, a: Assumptions): number {
  const entities = players + zones * a.othersPerZone;
  const perTick = zones * costs.shardZoneTick + entities * costs.shardEntityTick;
  const inputs = batches * costs.shardBatch + players * a.inputsPerSecond * costs.shardInput;
  const used = perTick * a.tickHz + inputs;
  return Math.max(1, Math.ceil(used / (a.coreShare * US_PER_SECOND - costs.shardProcess)));
}

interface Traffic {
  readonly messages: number;
  readonly bytes: number;
  readonly cores: number;
}

/** What goes through NATS: how often zones are followed, and messages with inputs a second. */
interface Flow {
  readonly zones: number;
  readonly followed: number;
  readonly batches: number;
}

/**
 * Messages that NATS takes and delivers: a zone's own to each gateway that follows it, its records to each server, and the
 * inputs. A zone's tick was measured with one gateway; each further one is one more delivery.
 */
function natsTraffic(
  { zones, followed, batches }: Flow,
  costs: Costs,
  players: number,
  a: Assumptions,
): Traffic {
  const zoneTicks = zones * a.tickHz;
  const deliveries = followed * a.tickHz;
  const messageBytes = costs.messageEntityBytes * (a.playersPerZone + a.othersPerZone);
  const journalBytes = zones * costs.journalZoneBytes + players * costs.journalPlayerBytes;
  const us =
    zoneTicks * costs.natsZoneTick +
    (deliveries - zoneTicks + batches) * costs.natsDelivery +
    batches * costs.natsMessage;
  return {
    messages: deliveries + zoneTicks * (1 + a.natsReplicas) + 2 * batches,
    bytes: deliveries * messageBytes + journalBytes * a.natsReplicas + 2 * journalBytes,
    cores: us / US_PER_SECOND,
  };
}

function dollarsFor(
  players: number,
  pods: { readonly gateways: number; readonly shards: number },
  { cores, bytesPerSecond }: { readonly cores: number; readonly bytesPerSecond: number },
  costs: Costs,
  a: Assumptions,
): Capacity['dollars'] {
  const processes = pods.gateways + pods.shards + OTHER_PROCESSES;
  const clientMiB = (players * costs.clientStateBytes) / 2 ** 20;
  const memoryGiB = (processes * a.processMiB + clientMiB) / MIB_PER_GIB;
  const thousands = players / 1000;
  return {
    cores: ((processes + cores / a.coreShare) * a.coreDollars) / thousands,
    memory: (memoryGiB * a.gibDollars) / thousands,
    traffic: ((bytesPerSecond * SECONDS_PER_MONTH) / 1e9 / thousands) * a.trafficDollars,
  };
}

/** What so many players take, who are there at the same time. */
export function capacityOf(players: number, costs: Costs, a: Assumptions = assumed): Capacity {
  const zones = Math.ceil(players / a.playersPerZone);
  const gateways = gatewaysFor(players, zones, costs, a);
  const zonesPerGateway = zonesAtGateway(zones, a.playersPerZone, gateways);
  const followed = zonesPerGateway * gateways;
  const batches = batchesFrom(players, followed, costs, a);
  const shards = shardsFor(players, zones, batches, costs, a);
  const nats = natsTraffic({ zones, followed, batches }, costs, players, a);
  const appends = zones * a.tickHz;
  const sessions = players / (a.sessionMinutes * 60);
  const published = (players * a.chatLinesPerMinute) / 60 + sessions * PRESENCE_PER_SESSION;
  const [redis, postgres] = [published * gateways, sessions * a.writesPerSession];
  const bytesPerSecond = players * (costs.clientBytes + costs.sightBytes * a.entitiesInSight);
  const use = { cores: nats.cores, bytesPerSecond };
  return {
    players,
    zones,
    gateways,
    shards,
    zonesPerGateway,
    natsMessagesPerSecond: nats.messages,
    natsMegabytesPerSecond: nats.bytes / 1e6,
    natsCores: nats.cores,
    journalAppendsPerSecond: appends,
    journalMegabytesPerSecond: (zones * costs.journalZoneBytes + players * costs.journalPlayerBytes) / 1e6,
    redisDeliveriesPerSecond: redis,
    postgresWritesPerSecond: postgres,
    playerMegabitsPerSecond: (bytesPerSecond * 8) / 1e6,
    dollars: dollarsFor(players, { gateways, shards }, use, costs, a),
    bottlenecks: [
      { name: 'processor time of NATS', share: nats.cores / (a.natsCores * a.coreShare) },
      { name: 'network of NATS', share: (nats.bytes * 8) / 1e9 / a.natsGbits },
      { name: 'records into the one stream of the journals', share: appends / a.journalAppends },
      { name: 'PostgreSQL', share: postgres / a.postgresWrites },
      { name: 'Redis', share: redis / a.redisDeliveries },
    ].sort((left, right) => right.share - left.share),
  };
}
