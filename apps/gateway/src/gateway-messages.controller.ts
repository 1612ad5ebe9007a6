import { Controller, Inject } from '@nestjs/common';
import { gatewayNotices } from '@overworld/contracts';
import { Hears, reasonOf } from '@overworld/platform';
import type { z } from 'zod';
import type { Admission } from './admission.ts';
import type { Hub } from './hub.ts';
import { ADMISSION, HUB } from './options.ts';

/** What other services tell the gateways. */
@Controller()
export class GatewayMessagesController {
  readonly #hub: Hub;
  readonly #admission: Admission;

  constructor(@Inject(HUB) hub: Hub, @Inject(ADMISSION) admission: Admission) {
    this.#hub = hub;
    this.#admission = admission;
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
  playerArrived({ player, gateway }: z.output<typeof gatewayNotices.playerArrived.body>): void {
    this.#hub.replacedElsewhere(player, gateway);
  }
}
