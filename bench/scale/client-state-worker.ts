import { getHeapSpaceStatistics } from 'node:v8';
import { openNatsPorts } from '@overworld/cluster/nats';
import { isRefusal, type Seat } from '@overworld/contracts';
import { GATEWAY_DEFAULTS, Hub, PlayerConnection } from '@overworld/gateway/core';
import type { ServiceCaller } from '@overworld/platform';
import { PROTOCOL_VERSION } from '@overworld/protocol';
import { type CrowdOptions, defineCrowd } from '../peers/crowd.ts';
import { answerWith, settingsOf } from './child.ts';
import { ZONE_ID } from './zone-id.ts';

export interface ClientStateSetting {
  readonly servers: readonly string[];
  readonly crowd: CrowdOptions;
}

export interface ClientMemory {
  readonly bytes: number;
  readonly clients: number;
  readonly entitiesInSight: number;
  readonly frames: number;
}

type Socket = ConstructorParameters<typeof PlayerConnection>[0];

const SESSION_ENDS_MS = 1e15;
const { servers, crowd } = settingsOf<ClientStateSetting>();
const ports = await openNatsPorts({ servers, replicas: 1 });
const ruleset = defineCrowd(crowd);
const connections: PlayerConnection[] = [];
const TALK_EVERY_MS = 1000;
const ignore = (): void => undefined;
let frames = 0;

function playerId(index: number): string {
  return (index + 1).toString(16).padStart(16, '0');
}

/** What a ticket opens: the ticket is the player. */
function seatOf(player: string): Seat {
  const place = { zone: ZONE_ID, world: 'crowd', ruleset: ruleset.name, params: {} };
  const who = { player, name: 'p', sessionId: player, sessionEndsAtMs: SESSION_ENDS_MS };
  return { ...place, ...who, character: '', resume: player };
}

const services = {
  call: async (_call: unknown, { ticket }: { readonly ticket: string }) => seatOf(ticket),
  notify: ignore,
} as unknown as ServiceCaller;

const hub = new Hub(
  { ...GATEWAY_DEFAULTS, id: 'gateway-1', secret: new Uint8Array(32), origins: [] },
  {
    ...ports,
    services,
    rulesets: new Map([[ruleset.name, ruleset]]),
    observer: {
      refused: ignore,
      measured: (measure) => {
        if (measure === 'frame') frames += 1;
      },
      synced: ignore,
      inputs: ignore,
      batches: ignore,
      connections: ignore,
      streaming: ignore,
    },
    presence: { moved: ignore },
  },
);

/** All clients have this one in common, so that none has a socket that counts. It takes everything at once. */
const wire = { bufferedAmount: 0, send: ignore };
const transport = { name: 'websocket', socket: wire };
const conn = { readyState: 'open', writeBuffer: [], transport, sendPacket: ignore };
const socket = { conn, emit: ignore, join: ignore, leave: ignore, disconnect: ignore };

/** Players talk: who is silent for long is given up. */
const talk = (): void => {
  for (const connection of connections) connection.alive();
};
setInterval(talk, TALK_EVERY_MS).unref();

async function join(index: number): Promise<void> {
  const player = playerId(index);
  const wishes = { token: '', protocol: PROTOCOL_VERSION, frames: 'raw', maxMessageBytes: 65_535 } as const;
  const who = { player, name: 'p', sessionId: player, sessionEndsAtMs: SESSION_ENDS_MS };
  const own = { id: player, __proto__: socket } as unknown as Socket;
  const connection = new PlayerConnection(own, who, wishes, hub);
  hub.add(connection);
  connections.push(connection);
  const joined = await hub.join(connection, { ticket: player });
  if (isRefusal(joined)) throw new Error(`${joined.refused}: ${joined.detail}`);
  connection.seat?.open();
}

async function joinUntil(clients: number): Promise<void> {
  while (connections.length < clients) await join(connections.length);
}

/** What V8 makes of functions lies there, more of it the longer they run: it is nobody's in particular. */
const CODE_SPACES = new Set([
  'code_space',
  'code_large_object_space',
  'trusted_space',
  'trusted_large_object_space',
]);

function codeBytes(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => CODE_SPACES.has(name));
  return spaces.reduce((sum, { space_used_size: used }) => sum + used, 0);
}

function memory(): ClientMemory {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  const seen = connections.reduce((sum, { seat }) => sum + (seat?.entitiesInView ?? 0), 0);
  const clients = connections.length;
  return {
    bytes: heapUsed + external - codeBytes(),
    clients,
    entitiesInSight: seen / Math.max(1, clients),
    frames,
  };
}

answerWith({ joinUntil, memory }, async () => {
  await hub.drain(0);
  await ports.close();
});
