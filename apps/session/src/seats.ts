import {
  encodeBatch,
  isRefusal,
  leaseKeys,
  type Refusal,
  type Standing,
  subjects,
} from '@overworld/contracts';
import { pause } from '@overworld/platform';
import type { Bus, Clock, Leases } from '@overworld/ports';
import type { Zones } from './zones.ts';

const ASK_AGAIN_MS = 50;
const REMEMBER_ATTEMPTS = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Where a player wants to be: anywhere in a world (his seat there, if he has one), or in this zone. */
export type Target = { readonly world: string } | { readonly world: string; readonly zone: string };

export interface SettledSeat {
  readonly zone: string;
  /** The player has a seat in the zone already: the zone knows the character better than the database. */
  readonly held: boolean;
}

/** Where the player was let in last, as the leases have it. */
interface Hint {
  readonly zone: string;
  readonly revision: number;
}

interface Survey {
  readonly held: readonly string[];
  /** A handoff or a saved character is still under way, or a zone did not answer. */
  readonly moving: boolean;
}

/**
 * Keeps a player in one place. Truth lies with the zones, which are asked; the leases hold a hint about which zones to ask.
 * A player who has a seat elsewhere gives it up first, and what is still being saved is waited for, so that no character is in
 * two zones and none is read while an older one is in the database. Of two session processes that settle the same player at
 * the same time, the one that writes its hint second looks again.
 */
export class Seats {
  readonly #zones: Zones;
  readonly #bus: Bus;
  readonly #leases: Leases;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(zones: Zones, bus: Bus, leases: Leases, clock: Clock, timeoutMs: number) {
    this.#zones = zones;
    this.#bus = bus;
    this.#leases = leases;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** The player is in this zone now. A hint that cannot be written is missed by later joins only. */
  async remember(player: string, zone: string): Promise<void> {
    for (let attempt = 0; attempt < REMEMBER_ATTEMPTS; attempt++) {
      const hint = await this.#hint(player);
      if (hint?.zone === zone || (await this.#write(player, zone, hint))) return;
    }
  }

  /** Forgets the hint when it is about this zone. */
  async forget(player: string, zone: string): Promise<void> {
    const hint = await this.#hint(player);
    if (hint?.zone === zone) await this.#leases.delete(leaseKeys.seat(player), hint.revision);
  }

  /**
   * The zone to enter, once nothing stands against it. One player's calls run one after the other. Refuses `busy` when
   * a seat is not given up in time, or something is not saved in time.
   */
  settle(player: string, target: Target): Promise<SettledSeat | Refusal> {
    const before = this.#queues.get(player) ?? Promise.resolve();
    const turn = before.then(() => this.#search(player, target, new Set()));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#queues.set(player, settled);
    void settled.then(() => {
      if (this.#queues.get(player) === settled) this.#queues.delete(player);
    });
    return turn;
  }

  /** Where `settle` would lead now. Changes nothing. */
  locate(player: string, target: Target): Promise<SettledSeat | Refusal> {
    return this.#search(player, target, undefined);
  }

  /** `leaving` collects the zones that were asked to give a seat up; without it none is asked. */
  async #search(
    player: string,
    target: Target,
    leaving: Set<string> | undefined,
  ): Promise<SettledSeat | Refusal> {
    const deadlineMs = this.#clock.now() + this.#timeoutMs;
    while (this.#clock.now() < deadlineMs) {
      const hint = await this.#hint(player);
      const survey = await this.#survey(player, this.#candidates(target, hint));
      const seat = this.#choose(target, survey);
      if (seat !== undefined && leaving === undefined) return seat;
      if (seat !== undefined && this.#othersLeft(player, survey, seat.zone, leaving)) {
        const mayEnter = seat.held || !survey.moving;
        if (mayEnter && (await this.#write(player, seat.zone, hint))) return seat;
      }
      await pause(this.#clock, ASK_AGAIN_MS);
    }
    return { refused: 'busy', detail: 'your character is still on its way from another place' };
  }

  /** Undefined while a handoff is under way: where it leads is not known yet. */
  #choose(target: Target, survey: Survey): SettledSeat | undefined {
    if ('zone' in target) return { zone: target.zone, held: survey.held.includes(target.zone) };
    const world = this.#zones.world(target.world);
    const held = world?.zones.find((zone) => survey.held.includes(zone.id));
    if (held !== undefined) return { zone: held.id, held: true };
    return survey.moving || world?.entry === undefined ? undefined : { zone: world.entry, held: false };
  }

  /** The zones of the world, the zone asked for, and where the player was seen last. */
  #candidates(target: Target, hint: Hint | undefined): Set<string> {
    const zones = new Set(this.#zones.world(target.world)?.zones.map((zone) => zone.id) ?? []);
    if ('zone' in target) zones.add(target.zone);
    if (hint !== undefined) zones.add(hint.zone);
    return zones;
  }

  async #hint(player: string): Promise<Hint | undefined> {
    const lease = await this.#leases.get(leaseKeys.seat(player));
    return lease === undefined ? undefined : { zone: decoder.decode(lease.value), revision: lease.revision };
  }

  /** True when this call wrote it: nobody else has since it was read. */
  async #write(player: string, zone: string, read: Hint | undefined): Promise<boolean> {
    const key = leaseKeys.seat(player);
    const value = encoder.encode(zone);
    const outcome =
      read === undefined
        ? await this.#leases.create(key, value)
        : await this.#leases.update(key, value, read.revision);
    return outcome.kind === 'held';
  }

  async #survey(player: string, zones: ReadonlySet<string>): Promise<Survey> {
    const asked = [...zones];
    const answers = await Promise.all(asked.map((zone) => this.#zones.standing(zone, player)));
    const held: string[] = [];
    let moving = false;
    answers.forEach((answer, index) => {
      if (isRefusal(answer) || isUnsettled(answer)) moving = true;
      else if (answer.seat !== 'none') held.push(asked[index] as string);
    });
    return { held, moving };
  }

  /** Asks the zones where the player has another seat to give it up; true when there is none. */
  #othersLeft(player: string, survey: Survey, zone: string, leaving?: Set<string>): boolean {
    const others = survey.held.filter((held) => held !== zone);
    for (const other of others) {
      if (leaving === undefined || leaving.has(other)) continue;
      leaving.add(other);
      const batch = encodeBatch('session', [{ kind: 'leave', player, reason: 'replaced' }]);
      this.#bus.publish(subjects.zoneIn(other), batch);
    }
    return others.length === 0;
  }
}

function isUnsettled(standing: Standing): boolean {
  return standing.seat === 'leaving' || (standing.seat === 'none' && standing.pendingEffects > 0);
}
