import { Controller, Inject } from '@nestjs/common';
import { type AnswerOf, persistenceCalls, type RequestOf } from '@overworld/contracts';
import { Serves } from '@overworld/platform';
import { orBusy } from './database-errors.ts';
import { ZONE_REGISTRY } from './tokens.ts';
import type { ZoneRegistry } from './zone-registry.ts';

const calls = persistenceCalls.zone;

@Controller()
export class ZonesController {
  readonly #zones: ZoneRegistry;

  constructor(@Inject(ZONE_REGISTRY) zones: ZoneRegistry) {
    this.#zones = zones;
  }

  @Serves(calls.register)
  register(zone: RequestOf<typeof calls.register>): Promise<AnswerOf<typeof calls.register>> {
    return orBusy(async () => ({ zone: await this.#zones.register(zone) }));
  }

  @Serves(calls.find)
  find({ zone }: RequestOf<typeof calls.find>): Promise<AnswerOf<typeof calls.find>> {
    return orBusy(async () => ({ zone: await this.#zones.find(zone) }));
  }

  @Serves(calls.list)
  list(page: RequestOf<typeof calls.list>): Promise<AnswerOf<typeof calls.list>> {
    return orBusy(() => this.#zones.list(page));
  }

  @Serves(calls.countOwned)
  countOwned({
    world,
    owner,
  }: RequestOf<typeof calls.countOwned>): Promise<AnswerOf<typeof calls.countOwned>> {
    return orBusy(async () => ({ count: await this.#zones.countOwned(world, owner) }));
  }

  @Serves(calls.close)
  close({ zone }: RequestOf<typeof calls.close>): Promise<AnswerOf<typeof calls.close>> {
    return orBusy(async () => ({ closed: await this.#zones.close(zone) }));
  }

  @Serves(calls.putSnapshot)
  putSnapshot(snapshot: RequestOf<typeof calls.putSnapshot>): Promise<AnswerOf<typeof calls.putSnapshot>> {
    return orBusy(async () => ({ stored: await this.#zones.putSnapshot(snapshot) }));
  }

  @Serves(calls.getSnapshot)
  getSnapshot({ zone }: RequestOf<typeof calls.getSnapshot>): Promise<AnswerOf<typeof calls.getSnapshot>> {
    return orBusy(async () => ({ snapshot: await this.#zones.getSnapshot(zone) }));
  }
}
