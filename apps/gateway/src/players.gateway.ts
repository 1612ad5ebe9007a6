import { Inject } from '@nestjs/common';
import {
  Ack,
  ConnectedSocket,
  MessageBody,
  type OnGatewayConnection,
  type OnGatewayDisconnect,
  type OnGatewayInit,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { isRefusal } from '@overworld/contracts';
import { describeIssue, reasonOf } from '@overworld/platform';
import { EVENTS, type RefusalReason, type Refused } from '@overworld/protocol';
import type { Server, Socket } from 'socket.io';
import type { Admission, AdmissionOutcome } from './admission.ts';
import type { AiDesk } from './ai-desk.ts';
import { takeBareMessages } from './bare-messages.ts';
import { clockAnswer, readClockQuestion } from './clock-question.ts';
import { BARE_MESSAGE } from './frame-decoder.ts';
import { aiRequest, chatRequest, joinRequest } from './handshake.ts';
import type { Hub } from './hub.ts';
import type { InputDoor } from './input-door.ts';
import { ADMISSION, AI_DESK, HUB, INPUT_DOOR, PRESENCE, TALK } from './options.ts';
import { PlayerConnection } from './player-connection.ts';
import type { Presence } from './presence.ts';
import type { Seat } from './seat.ts';
import type { Talk } from './talk.ts';

type Answer = (answer: unknown) => void;

/** The door for players: socket.io on the process's HTTP port. */
@WebSocketGateway()
export class PlayersGateway implements OnGatewayInit, OnGatewayConnection, OnGatewayDisconnect {
  readonly #hub: Hub;
  readonly #admission: Admission;
  readonly #inputs: InputDoor;
  readonly #ai: AiDesk;
  readonly #talk: Talk;
  readonly #presence: Presence;
  readonly #connections = new WeakMap<Socket, PlayerConnection>();

  constructor(
    @Inject(HUB) hub: Hub,
    @Inject(ADMISSION) admission: Admission,
    @Inject(INPUT_DOOR) inputs: InputDoor,
    @Inject(AI_DESK) ai: AiDesk,
    @Inject(TALK) talk: Talk,
    @Inject(PRESENCE) presence: Presence,
  ) {
    this.#hub = hub;
    this.#admission = admission;
    this.#inputs = inputs;
    this.#ai = ai;
    this.#talk = talk;
    this.#presence = presence;
  }

  afterInit(server: Server): void {
    this.#talk.serve(server);
    this.#presence.serve(server);
    server.use((socket, next) => void this.#admit(socket, next));
  }

  handleConnection(socket: Socket): void {
    const { who, wishes } = socket.data as AdmissionOutcome & { ok: true };
    const connection = new PlayerConnection(socket, who, wishes, this.#hub);
    this.#connections.set(socket, connection);
    // The hot path goes past Nest's pipeline: an input is one function call. In a decorated class a private name is a lookup.
    const inputs = this.#inputs;
    socket.on(EVENTS.input, (message: unknown) => inputs.message(connection, message));
    socket.on(BARE_MESSAGE, (bytes: unknown) => inputs.frame(connection, bytes));
    takeBareMessages(
      socket,
      (bytes, from, to) => {
        if (inputs.frame(connection, bytes, from, to)) connection.alive();
        else connection.heard();
      },
      (bytes) => this.#tellTimeAtOnce(connection, bytes),
    );
    socket.on(EVENTS.clock, (request: unknown, ack: unknown) => this.#tellTime(connection, request, ack));
    socket.conn.on('packet', ({ type }: { readonly type: string }) => {
      if (type === 'message') connection.heard();
      else connection.alive();
    });
    this.#hub.add(connection);
  }

  handleDisconnect(socket: Socket): void {
    const connection = this.#connections.get(socket);
    if (connection !== undefined) this.#hub.remove(connection);
    // Who leaves the namespace leaves: a connection without a player would count nowhere and never end.
    socket.conn.close();
  }

  @SubscribeMessage(EVENTS.join)
  async join(
    @ConnectedSocket() socket: Socket,
    @MessageBody() body: unknown,
    @Ack() ack?: Answer,
  ): Promise<void> {
    const connection = this.#speaking(socket, ack);
    if (connection === undefined) return;
    const request = joinRequest.safeParse(body);
    if (!request.success) return this.#refuse(ack, 'bad-request', 'join takes {ticket} or {resume}');
    const joined = await this.#hub.join(connection, request.data);
    if (isRefusal(joined)) return this.#refuse(ack, reasonOf(joined.refused), joined.detail);
    ack?.({ ok: true, ...joined });
    connection.seat?.open();
  }

  @SubscribeMessage(EVENTS.leave)
  async leave(@ConnectedSocket() socket: Socket, @Ack() ack?: Answer): Promise<void> {
    const connection = this.#speaking(socket, ack);
    if (connection === undefined) return;
    const refused = await this.#hub.leave(connection);
    if (refused === undefined) ack?.({ ok: true });
    else this.#refuse(ack, reasonOf(refused.refused), refused.detail);
  }

  @SubscribeMessage(EVENTS.ai)
  async ai(
    @ConnectedSocket() socket: Socket,
    @MessageBody() body: unknown,
    @Ack() ack?: Answer,
  ): Promise<void> {
    const connection = this.#speaking(socket, ack);
    if (connection === undefined) return;
    const request = aiRequest.safeParse(body);
    if (!request.success) return this.#refuse(ack, 'bad-request', describeIssue(request.error));
    const { seat } = connection;
    if (seat === undefined) return this.#refuse(ack, 'not-joined', 'you are in no zone');
    const answer = await this.#ai.ask(connection, seat, request.data.text);
    if (isRefusal(answer)) this.#refuse(ack, reasonOf(answer.refused), answer.detail);
    else ack?.({ ok: true, ...answer });
  }

  @SubscribeMessage(EVENTS.chat)
  async chat(
    @ConnectedSocket() socket: Socket,
    @MessageBody() body: unknown,
    @Ack() ack?: Answer,
  ): Promise<void> {
    const connection = this.#speaking(socket, ack);
    if (connection === undefined) return;
    const request = chatRequest.safeParse(body);
    if (!request.success) return this.#refuse(ack, 'bad-request', describeIssue(request.error));
    const refused = await this.#talk.say(connection, request.data);
    if (refused === undefined) ack?.({ ok: true });
    else this.#refuse(ack, reasonOf(refused.refused), refused.detail);
  }

  @SubscribeMessage(EVENTS.who)
  who(@ConnectedSocket() socket: Socket, @Ack() ack?: Answer): void {
    const connection = this.#speaking(socket, ack);
    if (connection === undefined) return;
    const { place } = connection;
    if (place === undefined) this.#refuse(ack, 'not-joined', 'you are in no zone');
    else ack?.({ ok: true, ...this.#presence.who(place.world) });
  }

  /**
   * Whether the message asks for the time, and could be answered without socket.io. The client's answers to engine.io's pings
   * alone keep the connection, then.
   */
  #tellTimeAtOnce(connection: PlayerConnection, bytes: Uint8Array): boolean {
    const question = connection.isClear ? readClockQuestion(bytes) : undefined;
    if (question === undefined) return false;
    connection.heard();
    this.#tellTime(connection, question.request, (answer: unknown) =>
      connection.packet(clockAnswer(question, answer)),
    );
    return true;
  }

  /** Clients ask each second at first, and each eighth one later: past Nest's pipeline, too. */
  #tellTime(connection: PlayerConnection, request: unknown, answer: unknown): void {
    const ack = typeof answer === 'function' ? (answer as Answer) : undefined;
    if (!this.#maySpeak(connection, ack)) return;
    const { t } = (request ?? {}) as { readonly t?: unknown };
    const { seat } = connection;
    if (typeof t !== 'number') this.#refuse(ack, 'bad-request', 'clock takes {t}');
    else if (seat === undefined) this.#refuse(ack, 'not-joined', 'you are in no zone');
    else ack?.({ t, ...clockOf(seat) });
  }

  /** The connection, when it may say something more now. */
  #speaking(socket: Socket, ack: Answer | undefined): PlayerConnection | undefined {
    const connection = this.#connections.get(socket);
    return connection !== undefined && this.#maySpeak(connection, ack) ? connection : undefined;
  }

  #maySpeak(connection: PlayerConnection, ack: Answer | undefined): boolean {
    if (connection.controlBucket.take(this.#hub.now())) return true;
    this.#refuse(ack, 'rate-limited', 'too many requests');
    return false;
  }

  #refuse(ack: Answer | undefined, reason: RefusalReason, detail: string): void {
    this.#hub.refused(reason);
    ack?.({ ok: false, reason, detail } satisfies Refused);
  }

  async #admit(socket: Socket, next: (error?: Error) => void): Promise<void> {
    const outcome = await this.#outcome(socket.handshake.auth);
    if (outcome.ok) {
      Object.assign(socket.data as object, outcome);
      next();
      return;
    }
    const { reason, detail } = outcome;
    this.#hub.refused(reason);
    next(Object.assign(new Error(detail), { data: { reason, detail } }));
  }

  #outcome(auth: unknown): Promise<AdmissionOutcome> | AdmissionOutcome {
    if (this.#hub.isDraining)
      return {
        ok: false,
        reason: 'draining',
        detail: 'this gateway is about to stop: connect again, to another one',
      };
    if (this.#hub.isFull) return { ok: false, reason: 'busy', detail: 'this gateway is full' };
    return this.#admission.admit(auth);
  }
}

function clockOf({ link }: Seat): { tick: number; zoneTimeMs: number } {
  const zoneTimeMs = (link.estimatedTick * 1000) / link.ruleset.tickHz;
  return { tick: link.mirror.tick, zoneTimeMs };
}
