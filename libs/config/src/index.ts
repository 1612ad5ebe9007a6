export {
  aiConfig,
  type ClusterConfig,
  type ConfigOf,
  type ConfigSections,
  type GatewayConfig,
  gatewayConfig,
  operatorConfig,
  type OverworldConfig,
  overworldConfig,
  type PersistenceConfig,
  persistenceConfig,
  type SessionConfig,
  sessionConfig,
  type ShardConfig,
  shardConfig,
} from './config.ts';
export { inheritedEnvironment } from './inherited-environment.ts';
export { loadConfig, loadEnvironment } from './load.ts';
export { type ConfigOutcome, type ConfigSources, parseConfig } from './parse.ts';
export { settingsTable } from './reference.ts';
export { SecretError, sharedSecret, storedSecret, tokenSecret } from './secret.ts';
export { usage } from './usage.ts';
