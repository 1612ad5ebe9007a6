import { Controller, Inject } from '@nestjs/common';
import { gatewayNotices } from '@overworld/contracts';
import { Hears, reasonOf } from '@overworld/platform';
import type { z } from 'zod';
import type { Admission } from './admission.ts';
import type { Hub } from './hub.ts';
import { ADMISSION, HUB, TALK } from './options.ts';
import type { Talk } from './talk.ts';

/** What other services tell the gateways. */
@Controller()
export class GatewayMessagesController {
  readonly #hub: Hub;
  readonly #admission: Admission;
  readonly #talk: Talk;

  constructor(@Inject(HUB) hub: Hub, @Inject(ADMISSION) admission: Admission, @Inject(TALK) talk: Talk) {
    this.#hub = hub;
    this.#admission = admission;
    this.#talk = talk;
  }

  @Hears(gatewayNotices.sessionRevoked)
  sessionRevoked({ sessionId, reason }: z.output<typeof gatewayNotices.sessionRevoked.body>): void {
    this.#admission.revoke(sessionId);
    this.#hub.endSession(sessionId, reasonOf(reason));
  }

  @Hears(gatewayNotices.zoneClosed)
  zoneClosed({ zone }: z.output<typeof gatewayNotices.zoneClosed.body>): void {
    this.#hub.zoneClosed(zone);
  }

  @Hears(gatewayNotices.playerArrived)
  playerArrived(arrival: z.output<typeof gatewayNotices.playerArrived.body>): void {
    this.#hub.arrived(arrival);
  }

  @Hears(gatewayNotices.kick)
  kick({ player, reason }: z.output<typeof gatewayNotices.kick.body>): void {
    this.#hub.kick(player, reason);
  }

  @Hears(gatewayNotices.notice)
  notice({ text }: z.output<typeof gatewayNotices.notice.body>): void {
    this.#talk.notice(text);
  }
}
