import {
  encodeBatch,
  isRefusal,
  leaseKeys,
  type Refusal,
  type Standing,
  subjects,
} from '@overworld/contracts';
import { type Bus, type Clock, type Leases, pause } from '@overworld/ports';
import type { RefusalReason } from '@overworld/protocol';
import { ZONE_FAILED } from './failed-openings.ts';
import type { SessionStores } from './stores.ts';
import type { Zones } from './zones.ts';

const ASK_AGAIN_MS = 50;
const REMEMBER_ATTEMPTS = 4;
const FORGET_AGAIN_MS = 200;
/** A gateway that has the player connected tells him why, and then has the zone let him go; it has so long for it. */
const GATEWAY_MS = 1000;
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
  /** Zones that belong somewhere and do not run there. */
  readonly absent: readonly string[];
  /** Zones that cannot be opened, and why: nobody can tell who is in them. */
  readonly failed: ReadonlyMap<string, Refusal>;
}

/**
 * Keeps a player in one place. Truth lies with the zones, which are asked; the leases hold a hint about which zones to ask.
 * A player who has a seat elsewhere gives it up first, and what is still being saved is waited for, so that no character is in
 * two zones and none is read while an older one is in the database. Of two session processes that settle the same player at
 * the same time, the one that writes its hint second looks again.
 */
export class Seats {
  readonly #zones: Zones;
  readonly #stores: Pick<SessionStores, 'findCharacter'>;
  readonly #bus: Bus;
  readonly #leases: Leases;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(
    zones: Zones,
    stores: Pick<SessionStores, 'findCharacter'>,
    bus: Bus,
    leases: Leases,
    clock: Clock,
    timeoutMs: number,
  ) {
    this.#zones = zones;
    this.#stores = stores;
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

  /** The zone that the player was let in last, as far as it is known: he may have left it since. */
  async lastSeen(player: string): Promise<string | undefined> {
    return (await this.#hint(player))?.zone;
  }

  /**
   * Forgets the hint when it is about this zone, once the zone says that the player has left and nothing is pending. As long
   * as there is a hint, nobody takes the player for absent from a zone that cannot be asked.
   */
  async forget(player: string, zone: string): Promise<void> {
    const deadlineMs = this.#clock.now() + this.#timeoutMs;
    while (this.#clock.now() < deadlineMs) {
      const hint = await this.#hint(player);
      if (hint?.zone !== zone) return;
      const standing = await this.#zones.standing(zone, player);
      if (!isRefusal(standing) && standing.seat === 'none' && !isUnsettled(standing)) {
        await this.#leases.delete(leaseKeys.seat(player), hint.revision);
        return;
      }
      await pause(this.#clock, FORGET_AGAIN_MS);
    }
  }

  /**
   * Has the player leave wherever he has a seat, also one that is kept while he is not connected. Resolves when he has none;
   * refuses `busy` when no zone lets go in time, and what the zone says where he was let in last when it cannot be asked.
   */
  async expel(player: string): Promise<Refusal | undefined> {
    const startMs = this.#clock.now();
    while (this.#clock.now() < startMs + this.#timeoutMs) {
      const hint = await this.#hint(player);
      if (hint === undefined) return undefined;
      const zones = await this.#around(hint.zone);
      const answers = await Promise.all(zones.map((zone) => this.#zones.standing(zone, player)));
      const [there] = answers;
      if (isRefusal(there) && there.refused === ZONE_FAILED) return there;
      if (!answers.some((answer) => isIn(answer))) return undefined;
      const isOverdue = this.#clock.now() - startMs >= GATEWAY_MS;
      answers.forEach((answer, index) => {
        if (isRefusal(answer)) return;
        const mayAsk = answer.seat === 'dropped' || (answer.seat === 'connected' && isOverdue);
        if (mayAsk) this.#askToLeave(zones[index] as string, player, 'kicked');
      });
      await pause(this.#clock, ASK_AGAIN_MS);
    }
    return { refused: 'busy', detail: 'no zone has let the player go in time: try again' };
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
    for (let looks = 0; this.#clock.now() < deadlineMs; looks++) {
      const hint = await this.#hint(player);
      const survey = await this.#survey(player, this.#candidates(target, hint));
      const seat = this.#choose(target, survey);
      const barred = seat && (await this.#barred(player, target, seat, survey, hint));
      if (barred !== undefined) return barred;
      if (looks > 0) this.#wake(survey.absent);
      if (seat !== undefined && leaving === undefined) return seat;
      if (seat !== undefined && this.#othersLeft(player, survey, seat.zone, leaving)) {
        const mayEnter = seat.held || !survey.moving;
        if (mayEnter && (await this.#write(player, seat.zone, hint))) return seat;
      }
      await pause(this.#clock, ASK_AGAIN_MS);
    }
    return { refused: 'busy', detail: 'your character is still on its way from another place' };
  }

  /**
   * Why this seat is out of reach as long as a zone cannot be opened: it is there, or the player may still be there. Whom the
   * hint does not lead there, and whose newest character was saved by a leave, is not: an arrival in a zone is saved, and
   * all other zones have nothing left to save.
   */
  async #barred(
    player: string,
    target: Target,
    seat: SettledSeat,
    { failed, held, moving }: Survey,
    hint: Hint | undefined,
  ): Promise<Refusal | undefined> {
    if (failed.size === 0 || failed.has(seat.zone)) return failed.get(seat.zone);
    if (moving || held.length > 0) return undefined;
    const character = await this.#stores.findCharacter(player, target.world);
    if (isRefusal(character)) return character;
    const hinted = failed.get(hint?.zone ?? '');
    if (character.hasLeft && hinted === undefined) return undefined;
    const why = hinted ?? [...failed.values()][0];
    return { refused: ZONE_FAILED, detail: `you may still be in it: ${why?.detail ?? ''}`.slice(0, 500) };
  }

  /** Another session process may have tried in vain to open them: then this one does not know why they do not run. */
  #wake(zones: readonly string[]): void {
    for (const zone of zones) this.#zones.ensure(zone).catch(() => undefined);
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
    const absent: string[] = [];
    const failed = new Map<string, Refusal>();
    let moving = false;
    answers.forEach((answer, index) => {
      const zone = asked[index] as string;
      if (isRefusal(answer) && answer.refused === ZONE_FAILED) failed.set(zone, answer);
      else if (isRefusal(answer) || isUnsettled(answer)) moving = true;
      else if (answer.seat !== 'none') held.push(zone);
      if (isRefusal(answer) && answer.refused === 'zone-unavailable') absent.push(zone);
    });
    return { held, moving, absent, failed };
  }

  /** Asks the zones where the player has another seat to give it up; true when there is none. */
  #othersLeft(player: string, survey: Survey, zone: string, leaving?: Set<string>): boolean {
    const others = survey.held.filter((held) => held !== zone);
    for (const other of others) {
      if (leaving === undefined || leaving.has(other)) continue;
      leaving.add(other);
      this.#askToLeave(other, player, 'replaced');
    }
    return others.length === 0;
  }

  #askToLeave(zone: string, player: string, reason: RefusalReason): void {
    const batch = encodeBatch('session', [{ kind: 'leave', player, reason }]);
    this.#bus.publish(subjects.zoneIn(zone), batch);
  }

  /** This zone first, then those that one may have walked to from there. */
  async #around(zone: string): Promise<readonly string[]> {
    const place = await this.#zones.describe(zone);
    const others = isRefusal(place) ? [] : (this.#zones.world(place.world)?.zones ?? []);
    return [...new Set([zone, ...others.map(({ id }) => id)])];
  }
}

function isUnsettled(standing: Standing): boolean {
  return standing.seat === 'leaving' || (standing.seat === 'none' && standing.pendingEffects > 0);
}

/** Whoever cannot be told from one who is there counts as there; a zone that cannot be opened has nobody to be told of. */
function isIn(answer: Standing | Refusal): boolean {
  return isRefusal(answer) ? answer.refused !== ZONE_FAILED : answer.seat !== 'none';
}
