import { type ZoneOwner, zoneOwner } from '@overworld/contracts';
import type { Lease } from '@overworld/ports';
import { decodeObject } from './rpc-message.ts';

/** Who runs a zone, as its lease says; undefined when it says nothing that can be read. */
export function readOwner(lease: Pick<Lease, 'value'>): ZoneOwner | undefined {
  const parsed = zoneOwner.safeParse(decodeObject(lease.value));
  return parsed.success ? parsed.data : undefined;
}
