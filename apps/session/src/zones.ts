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
  type ZoneOwner,
  type ZonePage,
  type ZonePlace,
} from '@overworld/contracts';
import { encodeJson, readOwner, type ServiceCaller } from '@overworld/platform';
import { type Clock, type Lease, type Leases, pause } from '@overworld/ports';
import { FailedOpenings, ZONE_FAILED } from './failed-openings.ts';
import type { Members } from './members.ts';
import type { NewZone, RegisteredZone, SessionStores } from './stores.ts';

const NO_STANDING: Standing = { seat: 'none', toZone: '', pendingEffects: 0, players: 0 };
const NOBODY: ZoneOwner = { shard: '', world: '', epoch: 0, movedAtMs: 0 };

export type RunningZone = Exclude<AnswerOf<typeof sessionCalls.ensureZone>, Refusal>;

export interface ZonesPorts {
  readonly worlds: readonly World[];
  readonly stores: SessionStores;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly members: Members;
  readonly services: ServiceCaller;
  /** Told of every move, with the time that the old owner took to stop and the new one to start. */
  readonly moved?: (move: Move) => void;
}

export interface Move {
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly stopMs: number;
  readonly startMs: number;
}

/** How often a placement is tried anew when others place the same zone at the same time. */
const PLACE_ATTEMPTS = 12;
const PLACE_AGAIN_MS = 20;
const GONE_POLL_MS = 100;

export interface MovedZone {
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  readonly epoch: number;
}

type PlacedZone = ZoneOwner & { readonly zone: string };

/** The shard that a zone belongs to, and the zone's newest epoch before it was asked. */
interface Placed {
  readonly id: string;
  readonly epoch: number;
}

interface Held {
  readonly owner: ZoneOwner;
  readonly revision: number;
}

/**
 * What zones there are, and which shard runs them. Zones run on demand: `ensure` starts what is asleep. Where a zone belongs
 * is written to its lease by compare-and-set before a shard is asked to run it, so that any number of session processes
 * agree on one shard. The lease only keeps them from wasting work; what keeps two owners apart is the fence in the journal.
 */
export class Zones {
  readonly #ports: ZonesPorts;
  readonly #declared = new Map<string, { readonly world: World; readonly zone: WorldZone }>();
  readonly #starting = new Map<string, Promise<RunningZone | Refusal>>();
  readonly #failures: FailedOpenings;
  /** Zones of worlds, which never close. */
  readonly #registered = new Map<string, RegisteredZone>();

  constructor(ports: ZonesPorts) {
    this.#ports = ports;
    this.#failures = new FailedOpenings(ports.clock);
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

  /**
   * Makes sure that a shard runs the zone. Calls at the same time share one attempt. A zone that could not be opened is tried
   * again after a pause that grows; meanwhile the answer is the refusal of the last attempt.
   */
  ensure(id: string): Promise<RunningZone | Refusal> {
    const pausing = this.#starting.has(id) ? undefined : this.#failures.pausing(id);
    return pausing === undefined ? this.#open(id) : Promise.resolve(pausing);
  }

  /**
   * Moves a zone that runs: its owner stops after a tick, stores the state, and the next shard goes on at the tick after.
   * Players keep their sockets. A shard that does not answer is no hindrance: the zone is then recovered from its journal.
   */
  async move(id: string, to?: string): Promise<MovedZone | Refusal> {
    const zone = await this.#find(id);
    if (isRefusal(zone)) return zone;
    const held = await this.#held(id);
    if (held === undefined) return { refused: 'zone-unavailable', detail: `the zone ${id} does not run` };
    const from = held.owner.shard;
    const target = this.#target(from, to);
    if (isRefusal(target)) return target;
    if (target === from) return { zone: id, from, to: from, epoch: held.owner.epoch };
    const owner = { ...held.owner, shard: target, movedAtMs: Math.floor(this.#ports.clock.wall()) };
    if (!(await this.#write(id, owner, held.revision))) {
      return { refused: 'busy', detail: `the zone ${id} is being placed by somebody else` };
    }
    const { clock, services, moved, members } = this.#ports;
    members.expects(target, id);
    const askedAtMs = clock.now();
    await this.#unlessGone(from, services.call(shardCalls.hibernate, { zone: id, goesOn: true }, from));
    const stoppedAtMs = clock.now();
    const started = await this.#open(id);
    if (isRefusal(started)) return started;
    moved?.({
      zone: id,
      from,
      to: target,
      stopMs: stoppedAtMs - askedAtMs,
      startMs: clock.now() - stoppedAtMs,
    });
    const now = await this.#held(id);
    return { zone: id, from, to: now?.owner.shard ?? target, epoch: started.epoch };
  }

  /** The zones that are placed on a shard. */
  async placed(shard: string): Promise<PlacedZone[]> {
    const placed = placedOf(await this.#ports.leases.list(leaseKeys.zones));
    return placed.filter((owner) => owner.shard === shard);
  }

  /** A page of the zones that are placed on any shard, by id. */
  async page({ after, limit }: ZonePage): Promise<{ zones: PlacedZone[]; next: string | null }> {
    const from = { after: leaseKeys.zone(after), limit };
    const leases = await this.#ports.leases.list(leaseKeys.zones, from);
    const last = leases.length < limit ? undefined : leases.at(-1);
    return { zones: placedOf(leases), next: last === undefined ? null : zoneOfKey(last.key) };
  }

  /**
   * Where a player stands in a zone. A zone that sleeps has no players; one whose shard has gone has those that its journal
   * knows, and is started to tell: who is let in elsewhere meanwhile would be in two zones.
   */
  async standing(zone: string, player: string): Promise<Standing | Refusal> {
    const held = await this.#held(zone);
    if (held === undefined) return NO_STANDING;
    const orphaned = this.#ports.members.isAlive(held.owner.shard) ? undefined : await this.ensure(zone);
    if (isRefusal(orphaned)) return orphaned.refused === 'unknown-zone' ? NO_STANDING : orphaned;
    const shard = await this.#owner(zone);
    if (shard === undefined) return { refused: 'zone-unavailable', detail: `nobody runs the zone ${zone}` };
    const answer = await this.#ports.services.call(shardCalls.standing, { zone, player }, shard);
    // One that was replaced meanwhile, and does not know it yet, tells of the past.
    if ((await this.#held(zone))?.owner.shard === shard) return this.#whyNot(zone, answer);
    return { refused: 'busy', detail: `the zone ${zone} is on its way to another shard` };
  }

  /** Ends a zone for good. Its players are sent away. */
  async close(id: string): Promise<void> {
    await this.#ports.stores.closeZone(id);
    this.#ports.services.notify(gatewayNotices.zoneClosed, { zone: id });
    const shard = await this.#owner(id);
    if (shard !== undefined) await this.#ports.services.call(shardCalls.hibernate, { zone: id }, shard);
  }

  async register(zone: Omit<NewZone, 'seed'>): Promise<RegisteredZone | Refusal> {
    const registered = await this.#ports.stores.registerZone({ ...zone, seed: randomUUID() });
    if (!isRefusal(registered) && this.#declared.has(zone.id)) this.#registered.set(zone.id, registered);
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
    return found;
  }

  #open(id: string): Promise<RunningZone | Refusal> {
    const running = this.#starting.get(id);
    if (running !== undefined) return running;
    const attempt = this.#attempt(id).finally(() => this.#starting.delete(id));
    this.#starting.set(id, attempt);
    return attempt;
  }

  async #attempt(id: string): Promise<RunningZone | Refusal> {
    const started = await this.#start(id);
    if (!isRefusal(started)) this.#failures.opened(id);
    else if (started.refused === ZONE_FAILED) this.#failures.failed(id, started);
    return started;
  }

  /** A zone that does not run where it belongs may be one that cannot be opened. One that answers was opened by others. */
  #whyNot(zone: string, answer: Standing | Refusal): Standing | Refusal {
    if (isRefusal(answer)) return this.#failures.known(zone) ?? answer;
    this.#failures.opened(zone);
    return answer;
  }

  async #start(id: string): Promise<RunningZone | Refusal> {
    const zone = await this.#find(id);
    if (isRefusal(zone)) return zone;
    const tried = new Set<string>();
    const unheard = new Set<string>();
    let last: Refusal = { refused: 'zone-unavailable', detail: 'no shard takes zones at the moment' };
    for (let attempt = 0; attempt < PLACE_ATTEMPTS; attempt++) {
      const shard = await this.#place(zone, tried);
      if (shard === 'none') return last;
      if (shard === 'raced') {
        await pause(this.#ports.clock, PLACE_AGAIN_MS);
        continue;
      }
      const started = await this.#activate(shard.id, zone);
      if (!isRefusal(started)) {
        // Placed by another session process just now: this one counts it, too.
        if (started.epoch > shard.epoch) this.#ports.members.expects(shard.id, id);
        return started;
      }
      // No answer: it may run there all the same, and is not to be taken from there for nothing.
      if (started.refused === 'busy' && !unheard.has(shard.id)) unheard.add(shard.id);
      else tried.add(shard.id);
      if (last.refused !== ZONE_FAILED) last = started;
    }
    return last;
  }

  /** The shard that the zone belongs to, else the one with the least to do, which it belongs to from now on. */
  async #place(zone: RegisteredZone, tried: ReadonlySet<string>): Promise<Placed | 'none' | 'raced'> {
    const { members } = this.#ports;
    const held = await this.#held(zone.id);
    const current = held?.owner.shard;
    const epoch = held?.owner.epoch ?? 0;
    if (current !== undefined && members.isAlive(current) && !tried.has(current))
      return { id: current, epoch };
    const chosen = members.leastLoaded(tried);
    if (chosen === undefined) return 'none';
    const before = held?.owner ?? { epoch: 0, movedAtMs: 0 };
    const owner = { ...before, shard: chosen.id, world: zone.world };
    // Counted before it is written: others that are placed at the same time go elsewhere.
    members.expects(chosen.id, zone.id);
    return (await this.#write(zone.id, owner, held?.revision)) ? { id: chosen.id, epoch } : 'raced';
  }

  /** What the shard answers; undefined when its process has gone, whose answer would be waited for in vain. */
  async #unlessGone<Answer>(shard: string, call: Promise<Answer>): Promise<Answer | undefined> {
    let isAnswered = false;
    const answered = call.finally(() => {
      isAnswered = true;
    });
    return Promise.race([answered, this.#whenGone(shard, () => isAnswered)]);
  }

  /** Resolves when the process that is this shard now is gone, even if another one takes its place; or when told to stop. */
  async #whenGone(shard: string, isOver: () => boolean): Promise<undefined> {
    const { clock, members } = this.#ports;
    const run = members.runOf(shard);
    while (!isOver() && run !== undefined && members.runOf(shard) === run) await pause(clock, GONE_POLL_MS);
    return undefined;
  }

  #target(from: string, to: string | undefined): string | Refusal {
    const { members } = this.#ports;
    if (to !== undefined) {
      if (members.takes(to)) return to;
      return { refused: 'zone-unavailable', detail: `there is no shard ${to} that takes zones` };
    }
    const chosen = members.leastLoaded(new Set([from]));
    return chosen?.id ?? { refused: 'zone-unavailable', detail: 'no other shard takes zones' };
  }

  async #activate(shard: string, zone: RegisteredZone): Promise<RunningZone | Refusal> {
    const { id, world, ruleset, zoneNumber, seed } = zone;
    const params = zone.params as ZonePlace['params'];
    const spec = { id, world, ruleset, zoneNumber, seed, params };
    const answer = await this.#unlessGone(
      shard,
      this.#ports.services.call(shardCalls.activate, { spec }, shard),
    );
    // A new process of the same id is as good a place as before.
    if (answer === undefined) return { refused: 'busy', detail: `the process of ${shard} has gone` };
    return isRefusal(answer) ? answer : { zone: id, world, ruleset, params, epoch: answer.epoch };
  }

  async #owner(zone: string): Promise<string | undefined> {
    const held = await this.#held(zone);
    return held !== undefined && this.#ports.members.isAlive(held.owner.shard) ? held.owner.shard : undefined;
  }

  async #held(zone: string): Promise<Held | undefined> {
    const lease = await this.#ports.leases.get(leaseKeys.zone(zone));
    if (lease === undefined) return undefined;
    return { owner: readOwner(lease) ?? NOBODY, revision: lease.revision };
  }

  /** True when this call wrote it. */
  async #write(zone: string, owner: ZoneOwner, revision: number | undefined): Promise<boolean> {
    const { leases } = this.#ports;
    const key = leaseKeys.zone(zone);
    const value = encodeJson(owner);
    const outcome =
      revision === undefined ? await leases.create(key, value) : await leases.update(key, value, revision);
    return outcome.kind === 'held';
  }
}

function placedOf(leases: readonly Lease[]): PlacedZone[] {
  return leases.flatMap((lease) => {
    const owner = readOwner(lease);
    return owner === undefined ? [] : [{ ...owner, zone: zoneOfKey(lease.key) }];
  });
}

function zoneOfKey(key: string): string {
  return key.slice(leaseKeys.zones.length);
}
