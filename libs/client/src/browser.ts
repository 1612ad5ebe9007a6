import { type OverworldOptions, Overworld as PureOverworld } from './overworld.ts';
import type { ClientPorts } from './ports.ts';
import { webPorts } from './web-ports.ts';

/** `Overworld` with the browser's ports; single ones can be replaced. */
export class Overworld extends PureOverworld {
  constructor(options: OverworldOptions, ports: Partial<ClientPorts> = {}) {
    super(options, { ...webPorts(), ...ports });
  }
}
