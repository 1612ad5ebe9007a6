import { randomUUID } from 'node:crypto';
import {
  type AnswerOf,
  gatewayNotices,
  isRefusal,
  isZoneId,
  leaseKeys,
  type Refusal,
  type Standing,
  type sessionCalls,
  shardCalls,
  type World,
  type WorldZone,
  type ZonePlace,
  zoneOwner,
} from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import type { Leases } from '@overworld/ports';
import { type Members, parseJson } from './members.ts';
import type { NewZone, RegisteredZone, SessionStores } from './stores.ts';

export type RunningZone = Exclude<AnswerOf<typeof sessionCalls.ensureZone>, Refusal>;

export interface ZonesPorts {
  readonly worlds: readonly World[];
  readonly stores: SessionStores;
  readonly leases: Leases;
  readonly members: Members;
  readonly services: ServiceCaller;
}

/** What zones there are, and which shard runs them. Zones run on demand: `ensure` starts what is asleep. */
export class Zones {
  readonly #ports: ZonesPorts;
  readonly #declared = new Map<string, { readonly world: World; readonly zone: WorldZone }>();
  readonly #starting = new Map<string, Promise<RunningZone | Refusal>>();
  readonly #registered = new Map<string, RegisteredZone>();

  constructor(ports: ZonesPorts) {
    this.#ports = ports;
    for (const world of ports.worlds) {
      for (const zone of world.zones) this.#declared.set(zone.id, { world, zone });
    }
  }

  world(name: string): World | undefined {
    return this.#ports.worlds.find((world) => world.name === name);
  }

  /** What a zone is, whether or not it runs. */
  async describe(id: string): Promise<ZonePlace | Refusal> {
    const zone = await this.#find(id);
    if (isRefusal(zone)) return zone;
    const { world, ruleset, params } = zone;
    return { zone: id, world, ruleset, params: params as ZonePlace['params'] };
  }

  /** Makes sure that a shard runs the zone. Calls at the same time share one attempt. */
  ensure(id: string): Promise<RunningZone | Refusal> {
    const running = this.#starting.get(id);
    if (running !== undefined) return running;
    const attempt = this.#start(id).finally(() => this.#starting.delete(id));
    this.#starting.set(id, attempt);
    return attempt;
  }

  /** Where a player stands in a zone; a zone that nobody runs has no players. */
  async standing(zone: string, player: string): Promise<Standing | Refusal> {
    const shard = await this.#owner(zone);
    if (shard === undefined) return { seat: 'none', toZone: '', pendingEffects: 0, players: 0 };
    return this.#ports.services.call(shardCalls.standing, { zone, player }, shard);
  }

  /** Ends a zone for good. Its players are sent away. */
  async close(id: string): Promise<void> {
    this.#registered.delete(id);
    await this.#ports.stores.closeZone(id);
    this.#ports.services.notify(gatewayNotices.zoneClosed, { zone: id });
    const shard = await this.#owner(id);
    if (shard !== undefined) await this.#ports.services.call(shardCalls.hibernate, { zone: id }, shard);
  }

  async register(zone: Omit<NewZone, 'seed'>): Promise<RegisteredZone | Refusal> {
    const registered = await this.#ports.stores.registerZone({ ...zone, seed: randomUUID() });
    if (!isRefusal(registered) && !registered.closed) this.#registered.set(zone.id, registered);
    return registered;
  }

  async #find(id: string): Promise<RegisteredZone | Refusal> {
    const known = this.#registered.get(id);
    if (known !== undefined) return known;
    if (!isZoneId(id)) return { refused: 'unknown-zone', detail: 'this is no zone id' };
    const declared = this.#declared.get(id);
    if (declared !== undefined) {
      const { world, zone } = declared;
      return this.register({ id, world: world.name, ruleset: world.ruleset, params: zone.params });
    }
    const found = await this.#ports.stores.findZone(id);
    if (isRefusal(found)) return found;
    if (found.closed) return { refused: 'unknown-zone', detail: `the zone ${id} is closed` };
    this.#registered.set(id, found);
    return found;
  }

  async #start(id: string): Promise<RunningZone | Refusal> {
    const zone = await this.#find(id);
    if (isRefusal(zone)) return zone;
    const tried = new Set<string>();
    let last: Refusal = { refused: 'zone-unavailable', detail: 'no shard takes zones at the moment' };
    for (
      let shard = await this.#choose(id, tried);
      shard !== undefined;
      shard = await this.#choose(id, tried)
    ) {
      tried.add(shard);
      const started = await this.#activate(shard, zone);
      if (!isRefusal(started)) return started;
      last = started;
    }
    return last;
  }

  /** The shard that runs the zone already, else the one with the least to do. */
  async #choose(id: string, tried: ReadonlySet<string>): Promise<string | undefined> {
    const owner = await this.#owner(id);
    if (owner !== undefined && !tried.has(owner)) return owner;
    return this.#ports.members.leastLoaded(tried)?.id;
  }

  async #activate(shard: string, zone: RegisteredZone): Promise<RunningZone | Refusal> {
    const { id, world, ruleset, zoneNumber, seed } = zone;
    const params = zone.params as ZonePlace['params'];
    const spec = { id, world, ruleset, zoneNumber, seed, params };
    const answer = await this.#ports.services.call(shardCalls.activate, { spec }, shard);
    return isRefusal(answer) ? answer : { zone: id, world, ruleset, params, epoch: answer.epoch };
  }

  async #owner(zone: string): Promise<string | undefined> {
    const lease = await this.#ports.leases.get(leaseKeys.zone(zone));
    if (lease === undefined) return undefined;
    const owner = zoneOwner.safeParse(parseJson(lease.value));
    return owner.success && this.#ports.members.isAlive(owner.data.shard) ? owner.data.shard : undefined;
  }
}
