import { Body, Controller, Get, Inject, Post, Req, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { isRefusal, type World } from '@overworld/contracts';
import { type AccessClaims, RefusalError, WORLDS, ZodPipe } from '@overworld/platform';
import type { z } from 'zod';
import { AccessGuard, Who } from './access.guard.ts';
import { Rated } from './address-rates.guard.ts';
import { Documented } from './documented.ts';
import type { Doors } from './doors.ts';
import { type AddressedRequest, gatewayUrlOf } from './gateway-url.ts';
import { DOORS, SESSION_OPTIONS, type SessionOptions, ZONES } from './options.ts';
import { joinBody, type Ticket, ticketAnswer, type Worlds, worldsAnswer } from './rest-schemas.ts';
import type { Target } from './seats.ts';
import type { Zones } from './zones.ts';

@ApiTags('worlds')
@Controller()
export class WorldsController {
  readonly #worlds: readonly World[];
  readonly #zones: Zones;
  readonly #doors: Doors;
  readonly #options: SessionOptions;

  constructor(
    @Inject(WORLDS) worlds: readonly World[],
    @Inject(ZONES) zones: Zones,
    @Inject(DOORS) doors: Doors,
    @Inject(SESSION_OPTIONS) options: SessionOptions,
  ) {
    this.#worlds = worlds;
    this.#zones = zones;
    this.#doors = doors;
    this.#options = options;
  }

  @Get('worlds')
  @Documented({ summary: 'The worlds that one can enter', answer: worldsAnswer, refusals: [] })
  worlds(): Worlds {
    const worlds = this.#worlds.map(({ name, title, ruleset, entry }) => ({
      name,
      title,
      ruleset,
      lobbies: entry === undefined,
    }));
    return { worlds };
  }

  @Post('join')
  @Rated('join')
  @UseGuards(AccessGuard)
  @Documented({
    summary: 'Get a ticket into a world or a zone; who still has a seat in the world comes back to it',
    body: joinBody,
    answer: ticketAnswer,
    refusals: [
      'bad-request',
      'unauthorized',
      'session-expired',
      'session-revoked',
      'unknown-world',
      'unknown-zone',
      'rate-limited',
      'zone-unavailable',
      'zone-failed',
      'busy',
    ],
    needsToken: true,
  })
  async join(
    @Who() who: AccessClaims,
    @Body(new ZodPipe(joinBody)) body: z.output<typeof joinBody>,
    @Req() request: AddressedRequest,
  ): Promise<Ticket> {
    const ticket = await this.#doors.issue(who, await this.#target(body));
    if (isRefusal(ticket)) throw RefusalError.from(ticket);
    return { ...ticket, url: gatewayUrlOf(this.#options, request) };
  }

  async #target(body: z.output<typeof joinBody>): Promise<Target> {
    if (body.zone !== undefined) {
      const place = await this.#zones.describe(body.zone);
      if (isRefusal(place)) throw RefusalError.from(place);
      return { world: place.world, zone: body.zone };
    }
    const world = this.#zones.world(body.world ?? '');
    if (world === undefined) throw new RefusalError('unknown-world', `there is no world ${body.world}`);
    if (world.entry === undefined) {
      throw new RefusalError('bad-request', `the world ${world.name} is entered by a lobby code`);
    }
    return { world: world.name };
  }
}
