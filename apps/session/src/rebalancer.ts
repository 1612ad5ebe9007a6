import { isRefusal, type RunningZoneStatus, type ShardMember, shardCalls } from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import type { Clock } from '@overworld/ports';
import type { Leadership } from './leadership.ts';
import type { Members } from './members.ts';
import type { Zones } from './zones.ts';

const LOOK_MS = 5000;
/** Shares of the tick budget: above the one a shard gives zones away, below the other it takes them. */
const HOT = 0.7;
const COLD = 0.4;
const REST_MS = 30_000;

export interface RebalancerPorts {
  readonly leadership: Leadership;
  readonly members: Members;
  readonly zones: Zones;
  readonly services: ServiceCaller;
  readonly clock: Clock;
}

/**
 * Moves one zone at a time from a shard that has too much to do to one that has little: the busiest zone that leaves both
 * better off. A zone that was moved within the last 30 s stays where it is.
 */
export class Rebalancer {
  readonly #ports: RebalancerPorts;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(ports: RebalancerPorts) {
    this.#ports = ports;
    this.#later();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** One look, and at most one move. Answers the zone that was moved. */
  async balance(): Promise<string | undefined> {
    const { leadership, members } = this.#ports;
    if (!leadership.isLeader) return undefined;
    const believable = members.alive().filter(({ load }) => Number.isFinite(load));
    const hottest = believable.filter(({ load }) => load > HOT).sort((a, b) => b.load - a.load)[0];
    const coldest = members.leastLoaded();
    if (hottest === undefined || coldest === undefined || !(coldest.load < COLD)) return undefined;
    return this.#relieve(hottest, coldest);
  }

  async #relieve(hot: ShardMember, cold: ShardMember): Promise<string | undefined> {
    const { services, zones, clock } = this.#ports;
    const answer = await services.call(shardCalls.zones, {}, hot.id);
    if (isRefusal(answer)) return undefined;
    const placed = new Map((await zones.placements.placed(hot.id)).map((owner) => [owner.zone, owner]));
    const mayMove = ({ zone }: RunningZoneStatus): boolean => {
      const owner = placed.get(zone);
      return owner !== undefined && clock.wall() - owner.movedAtMs >= REST_MS;
    };
    const chosen = answer.zones.find((zone) => mayMove(zone) && cold.load + zone.load < hot.load);
    if (chosen === undefined) return undefined;
    const moved = await zones.move(chosen.zone, cold.id);
    return isRefusal(moved) ? undefined : chosen.zone;
  }

  #later(): void {
    this.#cancel = this.#ports.clock.after(LOOK_MS, () => {
      void this.balance()
        .catch(() => undefined)
        .then(() => {
          if (!this.#stopped) this.#later();
        });
    });
  }
}
