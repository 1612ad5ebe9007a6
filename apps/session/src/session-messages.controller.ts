import { Controller, Inject } from '@nestjs/common';
import {
  type AnswerOf,
  type RequestOf,
  type Refusal,
  type Seat,
  sessionCalls,
  sessionNotices,
  type ZonePlace,
} from '@overworld/contracts';
import { Hears, Serves } from '@overworld/platform';
import type { z } from 'zod';
import type { Doors } from './doors.ts';
import type { Members } from './members.ts';
import { DOORS, MEMBERS, SEATS, ZONES } from './options.ts';
import type { Seats } from './seats.ts';
import type { MovedZone, RunningZone, Zones } from './zones.ts';

/** What other services ask of this one. */
@Controller()
export class SessionMessagesController {
  readonly #doors: Doors;
  readonly #zones: Zones;
  readonly #seats: Seats;
  readonly #members: Members;

  constructor(
    @Inject(DOORS) doors: Doors,
    @Inject(ZONES) zones: Zones,
    @Inject(SEATS) seats: Seats,
    @Inject(MEMBERS) members: Members,
  ) {
    this.#members = members;
    this.#doors = doors;
    this.#zones = zones;
    this.#seats = seats;
  }

  @Serves(sessionCalls.redeemTicket)
  redeem({ ticket }: RequestOf<typeof sessionCalls.redeemTicket>): Promise<Seat | Refusal> {
    return this.#doors.redeem(ticket);
  }

  @Serves(sessionCalls.resume)
  resume({ resume }: RequestOf<typeof sessionCalls.resume>): Promise<Seat | Refusal> {
    return this.#doors.resume(resume);
  }

  @Serves(sessionCalls.moved)
  moved(request: RequestOf<typeof sessionCalls.moved>): Promise<(ZonePlace & { resume: string }) | Refusal> {
    return this.#doors.moved(request);
  }

  @Serves(sessionCalls.ensureZone)
  ensure({ zone }: RequestOf<typeof sessionCalls.ensureZone>): Promise<RunningZone | Refusal> {
    return this.#zones.ensure(zone);
  }

  @Serves(sessionCalls.moveZone)
  move({ zone, to }: RequestOf<typeof sessionCalls.moveZone>): Promise<MovedZone | Refusal> {
    return this.#zones.move(zone, to);
  }

  @Serves(sessionCalls.listZones)
  async list(
    page: RequestOf<typeof sessionCalls.listZones>,
  ): Promise<AnswerOf<typeof sessionCalls.listZones>> {
    const shards = this.#members.alive().map((member) => ({ ...member, alive: true }));
    return { shards, ...(await this.#zones.placements.page(page)) };
  }

  @Hears(sessionNotices.playerLeft)
  left({ player, zone }: z.output<typeof sessionNotices.playerLeft.body>): Promise<void> {
    return this.#seats.forget(player, zone);
  }
}
