import { type World, ZONES_AWAKE_TOGETHER } from '@overworld/contracts';
import type { ZoneStatus } from '@overworld/zone';

/** Zones that fall asleep at a time: each one writes a record and a snapshot, and those of thousands would come too late. */
const FALLING_ASLEEP = 32;
const DEFAULT_TICK_HZ = 20;

export interface IdleSleepPorts {
  readonly zoneIdleSeconds: () => number;
  readonly worlds: readonly World[];
  /** Ticks a second of a ruleset. */
  readonly tickHz: (ruleset: string) => number | undefined;
  /** Undefined when the zone does not run here. */
  readonly status: (zone: string) => ZoneStatus | undefined;
  readonly hibernate: (zone: string) => Promise<unknown>;
  /** False while the archive has too much to do: what nobody is in then goes on until it has caught up. */
  readonly hasRoom: () => boolean;
}

/** Puts zones to sleep that nobody has been in for a while, a few at a time. */
export class IdleSleep {
  readonly #ports: IdleSleepPorts;
  /** Declared zones of each world. */
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #falling = new Set<string>();
  #idle: string[] = [];

  constructor(ports: IdleSleepPorts) {
    this.#ports = ports;
    this.#sizes = new Map(ports.worlds.map(({ name, zones }) => [name, zones.length]));
  }

  /** Looks at all zones that run here. */
  look(statuses: readonly ZoneStatus[]): void {
    const awake = new Set<string>();
    for (const status of statuses) if (status.players > 0) awake.add(this.#company(status));
    const idle = statuses.filter((status) => this.#isIdle(status) && !awake.has(this.#company(status)));
    this.#idle = idle.map(({ zone }) => zone);
    this.#next();
  }

  #next(): void {
    while (this.#falling.size < FALLING_ASLEEP && this.#ports.hasRoom()) {
      const zone = this.#idle.pop();
      if (zone === undefined) return;
      if (!this.#falling.has(zone)) this.#putToSleep(zone);
    }
  }

  #putToSleep(zone: string): void {
    const status = this.#ports.status(zone);
    // Somebody may have come while it waited for its turn.
    if (status === undefined || !this.#isIdle(status)) return;
    this.#falling.add(zone);
    void this.#ports.hibernate(zone).finally(() => {
      this.#falling.delete(zone);
      this.#next();
    });
  }

  #isIdle({ isQuiet, emptyForTicks, ruleset }: ZoneStatus): boolean {
    const tickHz = this.#ports.tickHz(ruleset) ?? DEFAULT_TICK_HZ;
    return isQuiet && emptyForTicks >= this.#ports.zoneIdleSeconds() * tickHz;
  }

  /**
   * What sleeps together: the zones of a small world, for a player may walk from any of them to the next. Nobody walks from
   * one lobby to another, and a world of many zones would never sleep.
   */
  #company({ world, zone }: ZoneStatus): string {
    const size = this.#sizes.get(world);
    const isTogether = size === undefined || (size > 0 && size <= ZONES_AWAKE_TOGETHER);
    return isTogether ? `world ${world}` : `zone ${zone}`;
  }
}
