export type { Lobby, Login, SavedLogin, Target, World } from './account.ts';
export type { Chat, ChatEvents, WorldPlayers } from './chat.ts';
export type { ConnectionState, Status } from './connection-state.ts';
export type { EntityValues, ZoneEntity } from './entities.ts';
export {
  type AcknowledgedInput,
  type AiReply,
  GameZone,
  INTERPOLATION_MS,
  type RefusedInput,
} from './game-zone.ts';
export type { Unlisten } from './listeners.ts';
export { Overworld, type OverworldEvents, type OverworldOptions } from './overworld.ts';
export type {
  ClientPorts,
  Clock,
  HttpAnswer,
  HttpPort,
  HttpRequest,
  OpenSocket,
  SocketHandlers,
  SocketPort,
} from './ports.ts';
export { OverworldError } from './refusal.ts';
export type { ClientStats } from './stats.ts';
export type { EventName, EventValue, InputName, InputValue, ZoneEvent } from './typing.ts';
export type { ZoneInfo } from './zone-info.ts';
