import { Body, Controller, Delete, Get, Inject, Param, Post, Req, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { isRefusal } from '@overworld/contracts';
import { type AccessClaims, RefusalError, ZodPipe } from '@overworld/platform';
import type { z } from 'zod';
import { AccessGuard, Who } from './access.guard.ts';
import { Rated } from './address-rates.guard.ts';
import { Documented } from './documented.ts';
import type { Doors } from './doors.ts';
import { type AddressedRequest, gatewayUrlOf } from './gateway-url.ts';
import type { Lobbies, Lobby } from './lobbies.ts';
import type { Logins } from './logins.ts';
import { DOORS, LOBBIES, LOGINS, SESSION_OPTIONS, type SessionOptions, ZONES } from './options.ts';
import {
  type LobbyView,
  lobbyAnswer,
  lobbyBody,
  lobbyCode,
  okAnswer,
  type Ticket,
  ticketAnswer,
} from './rest-schemas.ts';
import type { Zones } from './zones.ts';

@ApiTags('lobbies')
@Controller('lobbies')
@UseGuards(AccessGuard)
export class LobbiesController {
  readonly #lobbies: Lobbies;
  readonly #doors: Doors;
  readonly #zones: Zones;
  readonly #logins: Logins;
  readonly #options: SessionOptions;

  constructor(
    @Inject(LOBBIES) lobbies: Lobbies,
    @Inject(DOORS) doors: Doors,
    @Inject(ZONES) zones: Zones,
    @Inject(LOGINS) logins: Logins,
    @Inject(SESSION_OPTIONS) options: SessionOptions,
  ) {
    this.#lobbies = lobbies;
    this.#doors = doors;
    this.#zones = zones;
    this.#logins = logins;
    this.#options = options;
  }

  @Post()
  @Rated('lobby')
  @Documented({
    summary: 'Open a lobby; its code is for those who shall come',
    body: lobbyBody,
    answer: lobbyAnswer,
    status: 201,
    refusals: [
      'bad-request',
      'unauthorized',
      'session-expired',
      'session-revoked',
      'unknown-world',
      'rate-limited',
      'busy',
    ],
    needsToken: true,
  })
  async create(
    @Who() who: AccessClaims,
    @Body(new ZodPipe(lobbyBody.prefault({}))) body: z.output<typeof lobbyBody>,
  ): Promise<LobbyView> {
    await this.#refuseEnded(who);
    const world = this.#zones.world(body.world);
    if (world === undefined || world.entry !== undefined) {
      throw new RefusalError('unknown-world', `there are no lobbies in a world ${body.world}`);
    }
    const lobby = await this.#lobbies.create(who.player, world.name, world.ruleset, body.capacity);
    return viewOf(accepted(lobby), who);
  }

  @Get(':code')
  @Rated('join')
  @Documented({
    summary: 'What is known of a lobby',
    answer: lobbyAnswer,
    refusals: ['unauthorized', 'code-invalid', 'lobby-unknown', 'rate-limited', 'busy'],
    needsToken: true,
  })
  async find(
    @Who() who: AccessClaims,
    @Param('code', new ZodPipe(lobbyCode)) code: string,
  ): Promise<LobbyView> {
    return viewOf(accepted(await this.#lobbies.find(code)), who);
  }

  @Post(':code/join')
  @Rated('join')
  @Documented({
    summary: 'Get a ticket into a lobby',
    answer: ticketAnswer,
    refusals: [
      'unauthorized',
      'session-expired',
      'session-revoked',
      'code-invalid',
      'lobby-unknown',
      'lobby-full',
      'rate-limited',
      'zone-unavailable',
      'zone-failed',
      'busy',
    ],
    needsToken: true,
  })
  async join(
    @Who() who: AccessClaims,
    @Param('code', new ZodPipe(lobbyCode)) code: string,
    @Req() request: AddressedRequest,
  ): Promise<Ticket> {
    const lobby = accepted(await this.#lobbies.find(code));
    const full = await this.#lobbies.refuseWhenFull(lobby, who.player);
    if (full !== undefined) throw RefusalError.from(full);
    const ticket = accepted(await this.#doors.issue(who, { world: lobby.world, zone: lobby.zone }));
    return { ...ticket, url: gatewayUrlOf(this.#options, request) };
  }

  @Delete(':code')
  @Rated('join')
  @Documented({
    summary: 'Close a lobby that is yours; who is in it is sent away',
    answer: okAnswer,
    refusals: [
      'unauthorized',
      'session-expired',
      'session-revoked',
      'code-invalid',
      'lobby-unknown',
      'lobby-not-owner',
      'rate-limited',
      'busy',
    ],
    needsToken: true,
  })
  async remove(
    @Who() who: AccessClaims,
    @Param('code', new ZodPipe(lobbyCode)) code: string,
  ): Promise<{ ok: true }> {
    await this.#refuseEnded(who);
    const refused = await this.#lobbies.remove(code, who.player);
    if (refused !== undefined) throw RefusalError.from(refused);
    return { ok: true };
  }

  /** An access token outlives its session by minutes; what changes something is asked for anew. */
  async #refuseEnded(who: AccessClaims): Promise<void> {
    const ended = await this.#logins.check(who.sessionId);
    if (ended !== undefined) throw RefusalError.from(ended);
  }
}

function accepted<Value extends object>(answer: Value | { refused: string; detail: string }): Value {
  if (isRefusal(answer)) throw RefusalError.from(answer);
  return answer as Value;
}

function viewOf(lobby: Lobby, who: AccessClaims): LobbyView {
  const { owner, ...view } = lobby;
  return { ...view, yours: owner === who.player };
}
