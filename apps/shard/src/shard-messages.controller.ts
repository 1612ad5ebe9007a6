import { Controller, Inject } from '@nestjs/common';
import { type AnswerOf, type RequestOf, shardCalls } from '@overworld/contracts';
import { Serves } from '@overworld/platform';
import { ZONE_HOST } from './options.ts';
import type { ZoneHost } from './zone-host.ts';

/** What other services ask of this shard. */
@Controller()
export class ShardMessagesController {
  readonly #host: ZoneHost;

  constructor(@Inject(ZONE_HOST) host: ZoneHost) {
    this.#host = host;
  }

  @Serves(shardCalls.activate)
  activate({ spec }: RequestOf<typeof shardCalls.activate>): Promise<AnswerOf<typeof shardCalls.activate>> {
    return this.#host.activate(spec);
  }

  @Serves(shardCalls.hibernate)
  hibernate({
    zone,
  }: RequestOf<typeof shardCalls.hibernate>): Promise<AnswerOf<typeof shardCalls.hibernate>> {
    return this.#host.hibernate(zone);
  }

  @Serves(shardCalls.standing)
  standing({ zone, player }: RequestOf<typeof shardCalls.standing>): AnswerOf<typeof shardCalls.standing> {
    return this.#host.standing(zone, player);
  }
}
