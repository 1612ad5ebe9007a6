import { Controller, type DynamicModule, Inject, Module } from '@nestjs/common';
import {
  HELD_SEAT,
  type Refusal,
  type RequestOf,
  type Seat,
  sessionCalls,
  type ZonePlace,
} from '@overworld/contracts';
import { Serves } from '@overworld/platform';
import { room } from './rooms-ruleset.ts';

const STATE = Symbol('FakeSessionState');
const HELD = Buffer.from(HELD_SEAT).toString('base64');

/** What the session service would know. */
export interface SessionState {
  readonly zone: string;
  readonly world: string;
  readonly players: ReadonlyMap<string, string>;
  hasSeat(player: string): boolean;
}

/** Tickets are `ticket/<player>`, resume tokens `resume/<player>`, both good for ever. */
@Controller()
class FakeSessionController {
  readonly #state: SessionState;

  constructor(@Inject(STATE) state: SessionState) {
    this.#state = state;
  }

  @Serves(sessionCalls.redeemTicket)
  redeem({ ticket }: RequestOf<typeof sessionCalls.redeemTicket>): Seat | Refusal {
    return this.#seat(ticket.replace('ticket/', ''));
  }

  @Serves(sessionCalls.resume)
  resume({ resume }: RequestOf<typeof sessionCalls.resume>): Seat | Refusal {
    const player = resume.replace('resume/', '');
    if (!this.#state.hasSeat(player))
      return { refused: 'ticket-expired', detail: 'the seat is no longer kept' };
    return this.#seat(player);
  }

  @Serves(sessionCalls.ensureZone)
  ensure(): ZonePlace & { epoch: number } {
    return { ...this.#place(), epoch: 1 };
  }

  #place(): ZonePlace {
    return { zone: this.#state.zone, world: this.#state.world, ruleset: room.name, params: {} };
  }

  #seat(player: string): Seat | Refusal {
    const name = this.#state.players.get(player);
    if (name === undefined) return { refused: 'ticket-invalid', detail: 'nobody knows this player' };
    const character = this.#state.hasSeat(player) ? HELD : '';
    const session = { sessionId: `session/${player}`, sessionEndsAtMs: Date.now() + 3_600_000 };
    return { ...this.#place(), player, name, ...session, character, resume: `resume/${player}` };
  }
}

@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: a Nest module is a class
export class FakeSessionModule {
  static forRoot(state: SessionState): DynamicModule {
    return {
      module: FakeSessionModule,
      controllers: [FakeSessionController],
      providers: [{ provide: STATE, useValue: state }],
    };
  }
}
