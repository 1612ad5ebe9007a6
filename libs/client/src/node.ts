import { type OverworldOptions, Overworld as PureOverworld } from './overworld.ts';
import type { ClientPorts } from './ports.ts';
import { webPorts } from './web-ports.ts';

/** The ports that `Overworld` fills in: for who wants to look at, or replace, one of them. */
export { webPorts } from './web-ports.ts';

/** `Overworld` with Node's ports (Node 20 or newer has what browsers have); single ones can be replaced. */
export class Overworld extends PureOverworld {
  constructor(options: OverworldOptions, ports: Partial<ClientPorts> = {}) {
    super(options, { ...webPorts(), ...ports });
  }
}
