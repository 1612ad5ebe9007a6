import { shardCalls } from '@overworld/contracts';
import type { AnyRuleset } from '@overworld/ruleset';
import type { ZoneActor, ZoneObservation, ZoneSpec } from '@overworld/zone';
import { simServices } from './sim-services.ts';
import { type ClusterPorts, runs, SimShard } from './sim-shard.ts';

export interface SimZone {
  readonly spec: ZoneSpec;
  readonly ruleset: AnyRuleset;
}

/** The shards. Which of them runs a zone is the session processes' to say; here one only looks. */
export class SimCluster {
  readonly zones: readonly string[];
  readonly shards: SimShard[] = [];
  readonly observations: ZoneObservation[] = [];
  /** While true no zone ticks: what is under way arrives, and nothing new begins. */
  isStill = false;
  readonly #zones: ReadonlyMap<string, SimZone>;
  readonly #ports: ClusterPorts;
  #processes = 0;

  constructor(
    zones: readonly SimZone[],
    shards: number,
    ports: Omit<ClusterPorts, 'rulesets' | 'isStill' | 'observed'>,
  ) {
    this.#zones = new Map(zones.map((zone) => [zone.spec.id, zone]));
    this.zones = [...this.#zones.keys()];
    this.#ports = {
      ...ports,
      rulesets: new Map(zones.map(({ ruleset }) => [ruleset.name, ruleset])),
      isStill: () => this.isStill,
      observed: (observation) => this.observations.push(observation),
    };
    for (let count = 0; count < shards; count += 1) this.addShard();
  }

  spec(zone: string): ZoneSpec {
    return (this.#zones.get(zone) as SimZone).spec;
  }

  rulesetOf(zone: string): AnyRuleset {
    return (this.#zones.get(zone) as SimZone).ruleset;
  }

  /** Of the actors that run a zone, the newest: the others are zombies. */
  owner(zone: string): ZoneActor | undefined {
    return this.#running(zone)[0]?.actor;
  }

  ownerShard(zone: string): SimShard | undefined {
    return this.#running(zone)[0]?.shard;
  }

  /** Replaced owners that have not noticed although they have players: without any, nothing makes them write. */
  zombies(zone: string): ZoneActor[] {
    const [, ...others] = this.#running(zone);
    return others.map(({ actor }) => actor).filter((actor) => actor.status().players > 0);
  }

  addShard(): SimShard {
    this.#processes += 1;
    const shard = new SimShard(`shard-${this.#processes}`, this.#ports);
    this.shards.push(shard);
    return shard;
  }

  /** The process dies. What it sent to the journal may still land. */
  kill(shard: SimShard): void {
    shard.kill();
    this.shards.splice(this.shards.indexOf(shard), 1);
  }

  /** It hands its zones over or not, closes the rest and ends, while another one is there already. */
  async retire(shard: SimShard, isHandingOver: boolean): Promise<void> {
    this.#ports.log.say(`${shard.process.name} is to stop`);
    this.addShard();
    if (isHandingOver) await shard.host.handOver();
    await shard.host.drain();
    if (this.shards.includes(shard)) this.kill(shard);
  }

  /** A shard is asked to run a zone that belongs to another one: its owner is fenced, and learns of it later. */
  usurp(zone: string): void {
    const owner = this.ownerShard(zone);
    const others = this.shards.filter((shard) => shard !== owner);
    const shard = others[this.#ports.random.int(others.length)];
    if (shard === undefined) return;
    const services = simServices(this.#ports.bus);
    void services.call(shardCalls.activate, { spec: this.spec(zone) as never }, shard.process.name);
  }

  #running(zone: string): { readonly shard: SimShard; readonly actor: ZoneActor }[] {
    const found: { readonly shard: SimShard; readonly actor: ZoneActor }[] = [];
    for (const shard of this.shards) {
      for (const actor of shard.actors) {
        if (actor.spec.id === zone && runs(actor)) found.push({ shard, actor });
      }
    }
    return found.sort((left, right) => right.actor.epoch - left.actor.epoch);
  }
}
