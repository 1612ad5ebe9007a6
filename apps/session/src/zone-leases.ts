import { leaseKeys, type ZoneOwner, type ZonePage } from '@overworld/contracts';
import { encodeJson, readOwner } from '@overworld/platform';
import type { Lease, Leases } from '@overworld/ports';

const NOBODY: ZoneOwner = { shard: '', world: '', epoch: 0, movedAtMs: 0 };

export type PlacedZone = ZoneOwner & { readonly zone: string };

export interface HeldZone {
  readonly owner: ZoneOwner;
  readonly revision: number;
}

/** Which shard each zone belongs to, as their leases have it: written by compare-and-set. */
export class ZoneLeases {
  readonly #leases: Leases;

  constructor(leases: Leases) {
    this.#leases = leases;
  }

  async held(zone: string): Promise<HeldZone | undefined> {
    const lease = await this.#leases.get(leaseKeys.zone(zone));
    if (lease === undefined) return undefined;
    return { owner: readOwner(lease) ?? NOBODY, revision: lease.revision };
  }

  /** True when this call wrote it. */
  async write(zone: string, owner: ZoneOwner, revision: number | undefined): Promise<boolean> {
    const key = leaseKeys.zone(zone);
    const value = encodeJson(owner);
    const outcome =
      revision === undefined
        ? await this.#leases.create(key, value)
        : await this.#leases.update(key, value, revision);
    return outcome.kind === 'held';
  }

  /** The zones that are placed on a shard. */
  async placed(shard: string): Promise<PlacedZone[]> {
    const placed = placedOf(await this.#leases.list(leaseKeys.zones));
    return placed.filter((owner) => owner.shard === shard);
  }

  /** A page of the zones that are placed on any shard, by id. */
  async page({ after, limit }: ZonePage): Promise<{ zones: PlacedZone[]; next: string | null }> {
    const from = { after: leaseKeys.zone(after), limit };
    const leases = await this.#leases.list(leaseKeys.zones, from);
    const last = leases.length < limit ? undefined : leases.at(-1);
    return { zones: placedOf(leases), next: last === undefined ? null : zoneOfKey(last.key) };
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
