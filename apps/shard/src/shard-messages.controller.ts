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
  activate({ spec }: RequestOf<typeof shardCalls.activate>): Promise<AnswerOf<typeof shardCalls.activate>> {
    return this.#host.activate(spec);
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
  }: RequestOf<typeof shardCalls.hibernate>): Promise<AnswerOf<typeof shardCalls.hibernate>> {
    return this.#host.hibernate(zone, goesOn);
  }

  @Serves(shardCalls.standing)
  standing({ zone, player }: RequestOf<typeof shardCalls.standing>): AnswerOf<typeof shardCalls.standing> {
    return this.#host.standing(zone, player);
  }
}
