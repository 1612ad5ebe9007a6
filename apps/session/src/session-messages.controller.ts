import { Controller, Inject } from '@nestjs/common';
import {
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
import { DOORS, SEATS, ZONES } from './options.ts';
import type { Seats } from './seats.ts';
import type { RunningZone, Zones } from './zones.ts';

/** What other services ask of this one. */
@Controller()
export class SessionMessagesController {
  readonly #doors: Doors;
  readonly #zones: Zones;
  readonly #seats: Seats;

  constructor(@Inject(DOORS) doors: Doors, @Inject(ZONES) zones: Zones, @Inject(SEATS) seats: Seats) {
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

  @Hears(sessionNotices.playerLeft)
  left({ player, zone }: z.output<typeof sessionNotices.playerLeft.body>): void {
    this.#seats.forget(player, zone);
  }
}
