import type { CrowdRow } from '../scale/crowd.ts';
import type { EntitiesRow } from '../scale/entities.ts';
import { fitCosts } from '../scale/least-squares.ts';
import type { MessagesRow } from '../scale/messages.ts';
import type { ScaleResults } from '../scale/scale-results.ts';
import { spreadOf } from '../spread.ts';

/** What things cost, in words: the keys of `Costs`, and what stands beside their values in docs/capacity.md. */
export const COST_NAMES = {
  gatewayProcess: 'µs a second: a gateway without players',
  gatewayZoneTick: 'µs: a gateway follows a zone for a tick',
  gatewayBatch: 'µs: a message with inputs, at the gateway',
  gatewayZoneBatches: 'messages with inputs that a gateway sends a zone in a tick when many speak',
  gatewayClientTick: 'µs: a gateway shows a client a tick',
  gatewaySightTick: 'µs: the same for each entity in sight',
  shardProcess: 'µs a second: a shard without zones',
  shardZoneTick: 'µs: a tick of a zone',
  shardBatch: 'µs: a message with inputs, at the shard',
  shardEntityTick: 'µs: an entity in it',
  shardInput: 'µs: an input at the shard',
  natsZoneTick: 'µs: NATS, a tick of a zone with its record and one gateway',
  natsMessage: 'µs: NATS takes a message, where thousands come a second',
  natsDelivery: 'µs: NATS delivers it to one process, there',
  clientBytes: 'bytes a second to a client',
  sightBytes: 'bytes a second to a client for each entity in sight',
  journalZoneBytes: 'bytes a second into the journal of a zone',
  journalPlayerBytes: 'bytes a second for each player in it',
  messageEntityBytes: 'bytes of a message of a zone for each entity in it',
  clientStateBytes: 'bytes that a gateway remembers of a client',
} as const;

export type Costs = { readonly [name in keyof typeof COST_NAMES]: number };

/** More digits than these would say more than was measured. */
const DIGITS = 3;

function median(values: readonly number[]): number {
  return spreadOf(values).median;
}

function batchesPerZoneTick({ setting, batchesPerSecond }: CrowdRow): number {
  return batchesPerSecond / (setting.zones * setting.tickHz);
}

function fitMessages(rows: readonly MessagesRow[]): Readonly<Record<string, number>> {
  const counted = rows.map(({ publishedPerSecond, deliveredPerSecond, natsUsPerSecond }) => ({
    counts: { server: 1, message: publishedPerSecond, delivery: deliveredPerSecond },
    measured: natsUsPerSecond,
  }));
  return fitCosts(counted, ['server', 'message', 'delivery']).terms;
}

/** Of a tick of one zone alone: among the processes of a cluster it cannot be told from the rest. */
function fitEntities(rows: readonly EntitiesRow[]): Readonly<Record<string, number>> {
  const counted = rows.map((row) => ({
    counts: { zone: 1, entity: row.entities },
    measured: row.meanMs * 1000,
  }));
  return fitCosts(counted, ['zone', 'entity']).terms;
}

/** Undefined when a part of the scale benchmark is missing that they come from. */
export function costsOf({
  crowd = [],
  model,
  messages,
  spectators,
  entities,
  clients,
}: ScaleResults): Costs | undefined {
  const { gateway, shard, nats, bytes, journal } = model ?? {};
  if (!gateway || !shard || !nats || !bytes || !journal) return undefined;
  if (!messages || !spectators || !entities || !clients) return undefined;
  const ofCluster = crowd.filter(({ setting }) => setting.form === 'cluster');
  // Of a version before this was counted.
  if (ofCluster.some(({ batchesPerSecond }) => batchesPerSecond === undefined)) return undefined;
  const ofMessages = fitMessages(messages);
  const ofEntities = fitEntities(entities);
  const costs: Costs = {
    gatewayProcess: gateway.terms.process ?? 0,
    gatewayZoneTick: gateway.terms.zoneTick ?? 0,
    gatewayBatch: gateway.terms.batch ?? 0,
    gatewayZoneBatches: Math.max(0, ...ofCluster.map(batchesPerZoneTick)),
    gatewayClientTick: gateway.terms.clientTick ?? 0,
    gatewaySightTick: gateway.terms.sightTick ?? 0,
    shardProcess: shard.terms.process ?? 0,
    shardZoneTick: shard.terms.zoneTick ?? 0,
    shardBatch: shard.terms.batch ?? 0,
    shardEntityTick: ofEntities.entity ?? 0,
    shardInput: shard.terms.input ?? 0,
    natsZoneTick: nats.terms.zoneTick ?? 0,
    natsMessage: ofMessages.message ?? 0,
    natsDelivery: ofMessages.delivery ?? 0,
    clientBytes: bytes.terms.client ?? 0,
    sightBytes: bytes.terms.entityInSight ?? 0,
    journalZoneBytes: journal.terms.zone ?? 0,
    journalPlayerBytes: journal.terms.player ?? 0,
    messageEntityBytes: median(spectators.map((row) => row.messageBytesPerTick / row.entities)),
    clientStateBytes: clients.at(-1)?.bytesPerClient ?? 0,
  };
  return Object.fromEntries(
    Object.entries(costs).map(([name, value]) => [name, Number(value.toPrecision(DIGITS))]),
  ) as Costs;
}
