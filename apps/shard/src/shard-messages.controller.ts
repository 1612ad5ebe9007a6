import { Controller, Inject } from '@nestjs/common';
import { type AnswerOf, type RequestOf, shardCalls } from '@overworld/contracts';
import { type PresenceLease, Serves } from '@overworld/platform';
import { SHARD_LEASE, ZONE_HOST } from './options.ts';
import type { ZoneHost } from './zone-host.ts';

/** What other services ask of this shard. */
@Controller()
export class ShardMessagesController {
  readonly #host: ZoneHost;
  readonly #lease: PresenceLease;

  constructor(@Inject(ZONE_HOST) host: ZoneHost, @Inject(SHARD_LEASE) lease: PresenceLease) {
    this.#host = host;
    this.#lease = lease;
  }

  @Serves(shardCalls.activate)
  activate({
    spec,
    owner,
  }: RequestOf<typeof shardCalls.activate>): Promise<AnswerOf<typeof shardCalls.activate>> {
    return this.#host.activate(spec, owner);
  }

  @Serves(shardCalls.prepare)
  prepare({ spec }: RequestOf<typeof shardCalls.prepare>): Promise<AnswerOf<typeof shardCalls.prepare>> {
    return this.#host.prepare(spec);
  }

  @Serves(shardCalls.watches)
  watches({ zone }: RequestOf<typeof shardCalls.watches>): Promise<AnswerOf<typeof shardCalls.watches>> {
    return this.#host.watches(zone);
  }

  @Serves(shardCalls.forget)
  forget({ zone }: RequestOf<typeof shardCalls.forget>): AnswerOf<typeof shardCalls.forget> {
    this.#host.forget(zone);
    return {};
  }

  @Serves(shardCalls.snapshot)
  snapshot({ zone }: RequestOf<typeof shardCalls.snapshot>): Promise<AnswerOf<typeof shardCalls.snapshot>> {
    return this.#host.snapshot(zone);
  }

  @Serves(shardCalls.ping)
  ping(): AnswerOf<typeof shardCalls.ping> {
    return { heartbeat: this.#lease.heartbeat };
  }

  @Serves(shardCalls.zones)
  zones(): AnswerOf<typeof shardCalls.zones> {
    const zones = this.#host.statuses().map(({ zone, epoch, tick, players, load }) => ({
      zone,
      epoch,
      tick,
      players,
      load,
    }));
    return { zones: zones.sort((a, b) => b.load - a.load) };
  }

  @Serves(shardCalls.hibernate)
  hibernate({
    zone,
    goesOn,
    isPrepared,
  }: RequestOf<typeof shardCalls.hibernate>): Promise<AnswerOf<typeof shardCalls.hibernate>> {
    return this.#host.hibernate(zone, goesOn, isPrepared);
  }

  @Serves(shardCalls.standing)
  standing({ zone, player }: RequestOf<typeof shardCalls.standing>): AnswerOf<typeof shardCalls.standing> {
    return this.#host.standing(zone, player);
  }
}
