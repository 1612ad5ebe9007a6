import { randomUUID } from 'node:crypto';
import {
  HELD_SEAT,
  isRefusal,
  leaseKeys,
  type Refusal,
  type Seat,
  type ZonePlace,
  ZONES_AWAKE_TOGETHER,
} from '@overworld/contracts';
import type { AccessClaims, TokenOutcome } from '@overworld/platform';
import type { Clock, Leases } from '@overworld/ports';
import type { Logins } from './logins.ts';
import type { SessionOptions } from './options.ts';
import type { Seats, Target } from './seats.ts';
import type { SessionStores } from './stores.ts';
import type { SeatClaims, SeatTokens } from './tokens.ts';
import type { Zones } from './zones.ts';
import { zonesToWake } from './zones-to-wake.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HELD = Buffer.from(HELD_SEAT).toString('base64');

export interface IssuedTicket {
  readonly ticket: string;
  readonly zone: string;
  readonly world: string;
  readonly expiresInSeconds: number;
}

export interface DoorsPorts {
  readonly options: SessionOptions;
  readonly stores: SessionStores;
  readonly zones: Zones;
  readonly seats: Seats;
  readonly logins: Logins;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly tickets: SeatTokens;
  readonly resumes: SeatTokens;
}

/** Tickets into zones: given out over REST, redeemed by gateways, once each. */
export class Doors {
  readonly #ports: DoorsPorts;
  readonly #tickets: SeatTokens;
  readonly #resumes: SeatTokens;

  constructor(ports: DoorsPorts) {
    this.#ports = ports;
    this.#tickets = ports.tickets;
    this.#resumes = ports.resumes;
  }

  /** A ticket to a zone that runs. */
  async issue(who: AccessClaims, target: Target): Promise<IssuedTicket | Refusal> {
    const { options, zones, seats, logins, clock } = this.#ports;
    const ended = await logins.check(who.sessionId);
    if (ended !== undefined) return ended;
    await this.#wakeWorld(who.player, target);
    const found = await seats.locate(who.player, target);
    if (isRefusal(found)) return found;
    const running = await zones.ensure(found.zone);
    if (isRefusal(running)) return running;
    const expiresAtMs = clock.wall() + options.ticketSeconds * 1000;
    const { player, name, sessionId, sessionEndsAtMs } = who;
    const claims: SeatClaims = { player, name, sessionId, sessionEndsAtMs, ...target };
    const ticket = await this.#tickets.sign(claims, randomUUID(), expiresAtMs);
    return { ticket, zone: found.zone, world: running.world, expiresInSeconds: options.ticketSeconds };
  }

  async redeem(ticket: string): Promise<Seat | Refusal> {
    const verified = await this.#tickets.verify(ticket);
    if (!verified.ok) return refusedToken(verified);
    const { claims, id, expiresAtMs } = verified;
    const until = encoder.encode(String(expiresAtMs));
    const created = await this.#ports.leases.create(leaseKeys.ticket(id), until);
    if (created.kind === 'conflict') return { refused: 'ticket-used', detail: 'this ticket was used before' };
    if (created.kind === 'unknown') return { refused: 'busy', detail: 'the ticket could not be checked' };
    return this.#enter(claims, targetOf(claims), false);
  }

  /** Only back to a seat that is still kept: who has none needs a ticket. */
  async resume(token: string): Promise<Seat | Refusal> {
    const verified = await this.#resumes.verify(token);
    if (!verified.ok) return refusedToken(verified);
    const { claims } = verified;
    return this.#enter(claims, resumeTarget(this.#ports.zones, claims), true);
  }

  async moved(
    claims: Omit<SeatClaims, 'world'> & { zone: string },
  ): Promise<(ZonePlace & { resume: string }) | Refusal> {
    const place = await this.#ports.zones.describe(claims.zone);
    if (isRefusal(place)) return place;
    const { player, name, sessionId, sessionEndsAtMs } = claims;
    const [resume] = await Promise.all([
      this.#signResume({ player, name, sessionId, sessionEndsAtMs }, place),
      this.#ports.seats.remember(player, claims.zone),
    ]);
    return { ...place, resume };
  }

  /** Forgets used tickets that would be refused as expired anyway. */
  async sweep(): Promise<void> {
    const nowMs = this.#ports.clock.wall();
    for (const { key, value, revision } of await this.#ports.leases.list(leaseKeys.tickets)) {
      const expiresAtMs = Number(decoder.decode(value));
      if (!(expiresAtMs > nowMs)) await this.#ports.leases.delete(key, revision);
    }
  }

  async #enter(claims: SeatClaims, target: Target, heldOnly: boolean): Promise<Seat | Refusal> {
    const { stores, zones, seats, logins } = this.#ports;
    const ended = await logins.check(claims.sessionId);
    if (ended !== undefined) return ended;
    if (heldOnly) await this.#wake(claims.player, target);
    const settled = await seats.settle(claims.player, target);
    if (isRefusal(settled)) return settled;
    if (heldOnly && !settled.held) return { refused: 'ticket-expired', detail: 'the seat is no longer kept' };
    const running = await zones.ensure(settled.zone);
    if (isRefusal(running)) return running;
    const found = settled.held
      ? { character: HELD }
      : await stores.findCharacter(claims.player, running.world);
    if (isRefusal(found)) return found;
    const { zone, world, ruleset, params } = running;
    const { player, name, sessionId, sessionEndsAtMs } = claims;
    const who = { player, name, sessionId, sessionEndsAtMs };
    const resume = await this.#signResume(who, { zone, world });
    return { zone, world, ruleset, params, ...who, character: found.character, resume };
  }

  #signResume(who: Omit<SeatClaims, 'world'>, at: { zone: string; world: string }): Promise<string> {
    return this.#resumes.sign({ ...who, world: at.world, zone: at.zone }, randomUUID(), who.sessionEndsAtMs);
  }

  /** After a restart a seat is known again once its zone runs. */
  async #wake(player: string, target: Target): Promise<void> {
    await this.#wakeWorld(player, target);
    if ('zone' in target) await this.#ports.zones.ensure(target.zone);
  }

  /** Where the player may have a seat, and may walk to: others are woken when a handoff leads to them. */
  async #wakeWorld(player: string, target: Target): Promise<void> {
    const { zones, seats } = this.#ports;
    const world = zones.world(target.world);
    if (world === undefined || world.zones.length === 0) return;
    const isLarge = world.zones.length > ZONES_AWAKE_TOGETHER;
    const seen = isLarge ? await seats.lastSeen(player) : undefined;
    const woken = zonesToWake(world, seen, 'zone' in target ? target.zone : undefined);
    await Promise.all(woken.map((zone) => zones.ensure(zone)));
  }
}

function refusedToken(outcome: TokenOutcome<unknown> & { ok: false }): Refusal {
  if (outcome.reason === 'expired') return { refused: 'ticket-expired', detail: 'this ticket is too old' };
  return { refused: 'ticket-invalid', detail: 'this ticket is none of this server' };
}

function targetOf({ world, zone }: SeatClaims): Target {
  return zone === undefined ? { world } : { world, zone };
}

/** In a world with zones of its own the player may have moved since; in a lobby there is nowhere to go. */
function resumeTarget(zones: Zones, { world, zone }: SeatClaims): Target {
  const isFixed = (zones.world(world)?.zones ?? []).length > 0;
  return isFixed || zone === undefined ? { world } : { world, zone };
}
