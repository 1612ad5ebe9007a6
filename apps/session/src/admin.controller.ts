import { Body, Controller, Get, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  gatewayNotices,
  isRefusal,
  MAX_PLACED_PAGE,
  playerId,
  type Refusal,
  zoneId,
  zonePage,
  zonePageEnd,
} from '@overworld/contracts';
import { RefusalError, SERVICES, type ServiceCaller, ZodPipe } from '@overworld/platform';
import type { RefusalReason } from '@overworld/protocol';
import { z } from 'zod';
import { Rated } from './address-rates.guard.ts';
import { Documented } from './documented.ts';
import { MEMBERS, SEATS, ZONES } from './options.ts';
import type { Members } from './members.ts';
import type { Seats } from './seats.ts';
import { Needs } from './staff.guard.ts';
import type { MovedZone, Zones } from './zones.ts';

const STAFF_REFUSALS: readonly RefusalReason[] = ['unauthorized', 'forbidden', 'rate-limited'];
const moveBody = z.object({ to: z.string().max(63).optional() });
const kickBody = z.object({ reason: z.string().min(1).max(200) });
const noticeBody = z.object({ text: z.string().min(1).max(500) });
const shardAnswer = z.object({
  id: z.string(),
  zones: z.int(),
  players: z.int(),
  /** The share of a core that its zones take; null when it is not known. */
  load: z.number().nullable(),
  draining: z.boolean(),
});
const zoneAnswer = z.object({ zone: z.string(), world: z.string(), shard: z.string(), epoch: z.int() });
const listing = z.object({ shards: z.array(shardAnswer), zones: z.array(zoneAnswer), next: zonePageEnd });
/** The same page as between services; a query is text. */
const listQuery = zonePage.extend({
  limit: z.coerce.number().pipe(zonePage.shape.limit.unwrap()).default(MAX_PLACED_PAGE),
});
const moved = z.object({ zone: z.string(), from: z.string(), to: z.string(), epoch: z.int() });
const done = z.object({ done: z.literal(true) });

/** What the people behind a game do, by role: moderators look after players, operators after the cluster. */
@ApiTags('staff')
@Controller('admin')
export class AdminController {
  readonly #zones: Zones;
  readonly #members: Members;
  readonly #services: ServiceCaller;
  readonly #seats: Seats;

  constructor(
    @Inject(ZONES) zones: Zones,
    @Inject(MEMBERS) members: Members,
    @Inject(SERVICES) services: ServiceCaller,
    @Inject(SEATS) seats: Seats,
  ) {
    this.#seats = seats;
    this.#zones = zones;
    this.#members = members;
    this.#services = services;
  }

  @Get('zones')
  @Rated('staff')
  @Needs('moderator')
  @Documented({
    summary:
      'The shards, and which zone runs where: a page; `next` is the `after` of the one behind it (moderator)',
    query: listQuery,
    answer: listing,
    refusals: [...STAFF_REFUSALS, 'bad-request'],
    needsToken: true,
  })
  async list(
    @Query(new ZodPipe(listQuery)) page: z.output<typeof listQuery>,
  ): Promise<z.output<typeof listing>> {
    const shards = this.#members.alive().map(({ id, zones, players, load, draining }) => ({
      id,
      zones,
      players,
      load: Number.isFinite(load) ? load : null,
      draining,
    }));
    const { zones, next } = await this.#zones.placements.page(page);
    const placed = zones.map(({ zone, world, shard, epoch }) => ({ zone, world, shard, epoch }));
    return { shards, zones: placed, next };
  }

  @Post('zones/:zone/move')
  @Rated('staff')
  @Needs('operator')
  @Documented({
    summary: 'Move a zone to another shard, live (operator)',
    body: moveBody,
    answer: moved,
    refusals: [...STAFF_REFUSALS, 'bad-request', 'unknown-zone', 'zone-unavailable', 'zone-failed', 'busy'],
    needsToken: true,
  })
  async move(
    @Param('zone', new ZodPipe(zoneId)) zone: string,
    @Body(new ZodPipe(moveBody.prefault({}))) { to }: z.output<typeof moveBody>,
  ): Promise<MovedZone> {
    return accepted(await this.#zones.move(zone, to));
  }

  @Post('players/:player/kick')
  @Rated('staff')
  @Needs('moderator')
  @Documented({
    summary: 'Remove a player from the game, wherever connected, with the seat that is kept (moderator)',
    body: kickBody,
    answer: done,
    refusals: [...STAFF_REFUSALS, 'bad-request', 'zone-failed', 'busy'],
    needsToken: true,
  })
  async kick(
    @Param('player', new ZodPipe(playerId)) player: string,
    @Body(new ZodPipe(kickBody)) { reason }: z.output<typeof kickBody>,
  ): Promise<z.output<typeof done>> {
    this.#services.notify(gatewayNotices.kick, { player, reason });
    const refused = await this.#seats.expel(player);
    if (refused !== undefined) throw RefusalError.from(refused);
    return { done: true };
  }

  @Post('notice')
  @Rated('staff')
  @Needs('moderator')
  @Documented({
    summary: 'A line to everybody (moderator)',
    body: noticeBody,
    answer: done,
    refusals: [...STAFF_REFUSALS, 'bad-request'],
    needsToken: true,
  })
  notice(@Body(new ZodPipe(noticeBody)) { text }: z.output<typeof noticeBody>): z.output<typeof done> {
    this.#services.notify(gatewayNotices.notice, { text });
    return { done: true };
  }
}

function accepted<Answer extends object>(answer: Answer | Refusal): Answer {
  if (isRefusal(answer)) throw RefusalError.from(answer);
  return answer;
}
