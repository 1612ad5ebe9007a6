import type { Refusal, ZoneSpecMessage } from '@overworld/contracts';
import type { ZoneRefusal } from '@overworld/zone';

/** What a refusal may say; a longer one would break its contract. */
const MOST_DETAIL = 500;

export const DRAINING: Refusal = { refused: 'draining', detail: 'this shard takes no more zones' };

export function unknownRuleset({ ruleset }: ZoneSpecMessage): Refusal {
  return { refused: 'zone-unavailable', detail: `this shard does not know the ruleset ${ruleset}` };
}

export function notHere(zone: string): Refusal {
  return { refused: 'zone-unavailable', detail: `the zone ${zone} does not run here` };
}

/** What may pass by itself is told from what somebody has to mend. */
export function notOpened({ refused, detail }: ZoneRefusal): Refusal {
  const mayPass = refused === 'journal-unreachable' || refused === 'contended';
  const why = `${refused}: ${detail}`.slice(0, MOST_DETAIL);
  return { refused: mayPass ? 'zone-unavailable' : 'zone-failed', detail: why };
}
