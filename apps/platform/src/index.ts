export { type AccessClaims, type AccessTokens, accessTokens } from './access-tokens.ts';
export { type AddressedPattern, BusClient, NoAnswerError } from './bus-client.ts';
export { BusServer, type BusServerOptions } from './bus-server.ts';
export { NestLogger } from './nest-logger.ts';
export { type PlatformBindings, PlatformModule } from './platform.module.ts';
export { RefusalFilter, type RefusalListener } from './refusal.filter.ts';
export { RefusalError, reasonOf } from './refusal-error.ts';
export { Hears, Serves } from './serves.ts';
export { ServiceCaller } from './service-caller.ts';
export { SignedTokens, type TokenOutcome } from './signed-tokens.ts';
export { type Rate, TokenBucket, TokenBuckets } from './token-bucket.ts';
export {
  BLOBS,
  BUS,
  CLOCK,
  HEALTH,
  JOURNAL,
  LEASES,
  LIVENESS_CLOCK,
  LOGGER,
  METRICS,
  RULESETS,
  SERVICES,
  WORLDS,
} from './tokens.ts';
export { ContractPipe, describeIssue, ZodPipe } from './zod.pipe.ts';
export { PresenceLease, type WritesArrived } from './presence-lease.ts';
export { readOwner } from './read-owner.ts';
export { decodeObject, encodeJson, subjectOf } from './rpc-message.ts';
export { listZones, type ZoneListing } from './zone-listing.ts';
