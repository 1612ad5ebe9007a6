import { type AnswerOf, isRefusal, type Refusal, sessionCalls } from '@overworld/contracts';
import type { ServiceCaller } from './service-caller.ts';

export type ZoneListing = Omit<Exclude<AnswerOf<typeof sessionCalls.listZones>, Refusal>, 'next'>;

/** All shards and all zones that run, page by page: zones that come or go meanwhile may be missing or too many. */
export async function listZones(services: ServiceCaller): Promise<ZoneListing | Refusal> {
  const zones: ZoneListing['zones'] = [];
  for (let after = ''; ; ) {
    const page = await services.call(sessionCalls.listZones, { after });
    if (isRefusal(page)) return page;
    zones.push(...page.zones);
    if (page.next === null) return { shards: page.shards, zones };
    after = page.next;
  }
}
