import { randomUUID } from 'node:crypto';
import {
  type AnswerOf,
  gatewayNotices,
  isRefusal,
  isZoneId,
  type Refusal,
  type Standing,
  type sessionCalls,
  shardCalls,
  type World,
  type WorldZone,
  type ZonePlace,
} from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import { type Clock, type Leases, pause } from '@overworld/ports';
import { FailedOpenings, ZONE_FAILED } from './failed-openings.ts';
import type { Members } from './members.ts';
import type { NewZone, RegisteredZone, SessionStores } from './stores.ts';
import { ZoneLeases } from './zone-leases.ts';

const NO_STANDING: Standing = { seat: 'none', toZone: '', pendingEffects: 0, players: 0 };

export type RunningZone = Exclude<AnswerOf<typeof sessionCalls.ensureZone>, Refusal>;

export interface ZonesPorts {
  readonly worlds: readonly World[];
  readonly stores: SessionStores;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly members: Members;
  readonly services: ServiceCaller;
  /** Told of every move, with the time that the next owner took to prepare, the old one to stop and the next one to start. */
  readonly moved?: (move: Move) => void;
}

export interface Move {
  readonly zone: string;
  readonly from: string;
  readonly to: string;
  /** The next shard had it ready before the owner was asked to stop. */
  readonly isPrepared: boolean;
  readonly prepareMs: number;
  readonly stopMs: number;
  readonly startMs: number;
}

/** A zone on its way from one shard to another. */
interface Route {
  readonly zone: RegisteredZone;
  readonly from: string;
  readonly to: string;
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

/** The shard that a zone belongs to, and the zone's newest epoch before it was asked. */
interface Placed {
  readonly id: string;
  readonly epoch: number;
}

/**
 * What zones there are, and which shard runs them. Zones run on demand: `ensure` starts what is asleep. Where a zone belongs
 * is written to its lease by compare-and-set before a shard is asked to run it, so that any number of session processes
 * agree on one shard. The lease only keeps them from wasting work; what keeps two owners apart is the fence in the journal.
 */
export class Zones {
  /** Where each zone is placed. */
  readonly placements: ZoneLeases;
  readonly #ports: ZonesPorts;
  readonly #declared = new Map<string, { readonly world: World; readonly zone: WorldZone }>();
  readonly #starting = new Map<string, Promise<RunningZone | Refusal>>();
  readonly #failures: FailedOpenings;
  /** Zones of worlds, which never close. */
  readonly #registered = new Map<string, RegisteredZone>();

  constructor(ports: ZonesPorts) {
    this.#ports = ports;
    this.placements = new ZoneLeases(ports.leases);
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
   * Moves a zone that runs: the next shard prepares itself, then the owner stops after a tick, and the next one goes on at the
   * tick after. Players keep their sockets. A shard that does not answer is no hindrance: the zone is then recovered from its
   * journal.
   */
  async move(id: string, to?: string): Promise<MovedZone | Refusal> {
    const zone = await this.#find(id);
    if (isRefusal(zone)) return zone;
    const held = await this.placements.held(id);
    if (held === undefined) return { refused: 'zone-unavailable', detail: `the zone ${id} does not run` };
    const from = held.owner.shard;
    const target = this.#target(from, to);
    if (isRefusal(target)) return target;
    if (target === from) return { zone: id, from, to: from, epoch: held.owner.epoch };
    const route = { zone, from, to: target };
    const begunAtMs = this.#ports.clock.now();
    const isPrepared = await this.#prepare(route);
    const owner = { ...held.owner, shard: target, movedAtMs: Math.floor(this.#ports.clock.wall()) };
    if (!(await this.placements.write(id, owner, held.revision))) {
      if (isPrepared) void this.#ports.services.call(shardCalls.forget, { zone: id }, target);
      return { refused: 'busy', detail: `the zone ${id} is being placed by somebody else` };
    }
    return this.#changeHands(route, isPrepared, this.#ports.clock.now() - begunAtMs);
  }

  async #changeHands(route: Route, isPrepared: boolean, prepareMs: number): Promise<MovedZone | Refusal> {
    const { clock, moved, members } = this.#ports;
    const { zone, from, to } = route;
    members.expects(to, zone.id);
    const starting = isPrepared ? this.#activate(to, zone, 'closing') : undefined;
    // It sees the closing record in the journal before anybody could tell it, once it looks for it.
    if (starting !== undefined) {
      await Promise.race([starting, this.#ports.services.call(shardCalls.watches, { zone: zone.id }, to)]);
    }
    const askedAtMs = clock.now();
    let stoppedAtMs = askedAtMs;
    const stopping = this.#stop(route, isPrepared).finally(() => {
      stoppedAtMs = clock.now();
    });
    const ready = starting === undefined ? undefined : await this.#goOn(route, starting, stopping);
    await stopping;
    const started = ready ?? (await this.#open(zone.id));
    if (isRefusal(started)) return started;
    const [stopMs, startMs] = [stoppedAtMs - askedAtMs, clock.now() - stoppedAtMs];
    moved?.({ zone: zone.id, from, to, isPrepared: ready !== undefined, prepareMs, stopMs, startMs });
    const now = await this.placements.held(zone.id);
    return { zone: zone.id, from, to: now?.owner.shard ?? to, epoch: started.epoch };
  }

  /**
   * True when the next shard has the zone ready. The owner is asked for a snapshot first: then there is little to replay, and
   * the owner needs to store none while it stops.
   */
  async #prepare({ zone, from, to }: Route): Promise<boolean> {
    const { services } = this.#ports;
    await this.#unlessGone(from, services.call(shardCalls.snapshot, { zone: zone.id }, from));
    const call = services.call(shardCalls.prepare, { spec: specOf(zone) }, to);
    const prepared = await this.#unlessGone(to, call);
    return prepared !== undefined && !isRefusal(prepared);
  }

  /** False when the owner has not closed the zone. */
  async #stop({ zone, from }: Route, isPrepared: boolean): Promise<boolean> {
    const request = { zone: zone.id, goesOn: true, isPrepared };
    const answer = await this.#unlessGone(
      from,
      this.#ports.services.call(shardCalls.hibernate, request, from),
    );
    return answer !== undefined && !isRefusal(answer);
  }

  /** The prepared shard goes on when the owner has closed the zone, or when it will not. Undefined when it was not to be. */
  async #goOn(
    { zone, to }: Route,
    starting: Promise<RunningZone | Refusal>,
    stopping: Promise<boolean>,
  ): Promise<RunningZone | undefined> {
    let isAnswered = false;
    const started = starting.finally(() => {
      isAnswered = true;
    });
    void stopping.then((isClosed) => {
      if (!isClosed && !isAnswered) void this.#activate(to, zone, 'gone');
    });
    const answer = await started;
    if (isRefusal(answer)) return undefined;
    this.#failures.opened(zone.id);
    return answer;
  }

  /**
   * Where a player stands in a zone. A zone that sleeps has no players; one whose shard has gone has those that its journal
   * knows, and is started to tell: who is let in elsewhere meanwhile would be in two zones.
   */
  async standing(zone: string, player: string): Promise<Standing | Refusal> {
    const held = await this.placements.held(zone);
    if (held === undefined) return NO_STANDING;
    const orphaned = this.#ports.members.isAlive(held.owner.shard) ? undefined : await this.ensure(zone);
    if (isRefusal(orphaned)) return orphaned.refused === 'unknown-zone' ? NO_STANDING : orphaned;
    const shard = await this.#owner(zone);
    if (shard === undefined) return { refused: 'zone-unavailable', detail: `nobody runs the zone ${zone}` };
    const answer = await this.#ports.services.call(shardCalls.standing, { zone, player }, shard);
    // One that was replaced meanwhile, and does not know it yet, tells of the past.
    if ((await this.placements.held(zone))?.owner.shard === shard) return this.#whyNot(zone, answer);
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
    const held = await this.placements.held(zone.id);
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
    return (await this.placements.write(zone.id, owner, held?.revision)) ? { id: chosen.id, epoch } : 'raced';
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

  async #activate(
    shard: string,
    zone: RegisteredZone,
    owner: 'unknown' | 'closing' | 'gone' = 'unknown',
  ): Promise<RunningZone | Refusal> {
    const spec = specOf(zone);
    const { id, world, ruleset, params } = spec;
    const answer = await this.#unlessGone(
      shard,
      this.#ports.services.call(shardCalls.activate, { spec, owner }, shard),
    );
    // A new process of the same id is as good a place as before.
    if (answer === undefined) return { refused: 'busy', detail: `the process of ${shard} has gone` };
    return isRefusal(answer) ? answer : { zone: id, world, ruleset, params, epoch: answer.epoch };
  }

  async #owner(zone: string): Promise<string | undefined> {
    const held = await this.placements.held(zone);
    return held !== undefined && this.#ports.members.isAlive(held.owner.shard) ? held.owner.shard : undefined;
  }
}

function specOf({ id, world, ruleset, zoneNumber, seed, params }: RegisteredZone) {
  return { id, world, ruleset, zoneNumber, seed, params: params as ZonePlace['params'] };
}
