export { type AiInput, type AiSight, aiCalls, aiInput, aiSight } from './ai.ts';
export {
  type AnswerOf,
  type Call,
  defineCall,
  defineNotice,
  isRefusal,
  type Notice,
  orRefusal,
  type Refusal,
  type RequestOf,
  refusal,
} from './call.ts';
export {
  decodeEffects,
  decodeEffectsAnswer,
  EFFECT_LIMITS,
  type EffectBatch,
  type EffectsAnswer,
  encodeEffects,
  encodeEffectsAnswer,
  type ZoneEffect,
} from './effects.ts';
export { base64, playerId, playerName, type ZoneSpecMessage, zoneId, zoneSpec } from './identifiers.ts';
export {
  type Account,
  persistenceCalls,
  type RegisteredZone,
  registeredZone,
  type StoredCharacter,
  type StoredSession,
  MAX_ARCHIVED_BYTES,
  MAX_REGISTERED_PAGE,
  type StoredSnapshot,
  storedCharacter,
  storedSession,
  storedSnapshot,
} from './persistence.ts';
export {
  gatewayNotices,
  MAX_PLACED_PAGE,
  type Seat,
  seat,
  sessionCalls,
  sessionNotices,
  type ZonePage,
  type ZonePlace,
  zonePage,
  zonePageEnd,
  zonePlace,
} from './session.ts';
export {
  leaseKeys,
  type RunningZoneStatus,
  runningZone,
  type ShardMember,
  type Standing,
  shardCalls,
  shardMember,
  standing,
  type ZoneOwner,
  zoneOwner,
} from './shard.ts';
export { isZoneId, subjects } from './subjects.ts';
export {
  BATCH_LIMITS,
  BatchWriter,
  decodeBatch,
  encodeBatch,
  HELD_SEAT,
  type InputSource,
  type WrittenInput,
  type ZoneBatch,
  type ZoneCommand,
} from './zone-batch.ts';
export { type World, type WorldZone, ZONES_AWAKE_TOGETHER } from './worlds.ts';
