import type { z } from 'zod';
import {
  dataSection,
  gamesSection,
  gatewayProcessSection,
  gatewaySection,
  natsSection,
  opsSection,
  persistenceSection,
  redisSection,
  serverSection,
  sessionSection,
  shardSection,
} from './sections.ts';

/** The parts of an app's configuration by name. */
export interface ConfigSections {
  readonly [section: string]: z.ZodObject;
}

export type ConfigOf<Sections extends ConfigSections> = {
  readonly [Section in keyof Sections]: Readonly<z.output<Sections[Section]>>;
};

/** What every process of a cluster needs. */
const clusterSections = {
  log: serverSection.pick({ logLevel: true, logFormat: true }),
  ops: opsSection,
  nats: natsSection,
  games: gamesSection,
} as const;

/** What only the processes of a cluster have. */
export const clusterOnlySections = {
  ops: opsSection,
  nats: natsSection,
  redis: redisSection,
  process: gatewayProcessSection,
} as const;

/** What each process of a cluster is configured by. */
export const gatewayConfig = {
  ...clusterSections,
  server: serverSection.pick({ host: true, port: true, proxies: true }),
  gateway: gatewaySection.omit({ url: true }),
  process: gatewayProcessSection,
  session: sessionSection.pick({ secret: true }),
  redis: redisSection,
} as const;
export const sessionConfig = {
  ...clusterSections,
  server: serverSection.pick({ host: true, port: true, proxies: true }),
  gateway: gatewaySection.pick({ origins: true, url: true }),
  session: sessionSection,
} as const;
export const shardConfig = { ...clusterSections, shard: shardSection } as const;
export const aiConfig = clusterSections;
export const persistenceConfig = { ...clusterSections, persistence: persistenceSection } as const;
export const operatorConfig = { nats: natsSection } as const;

/** All services in one process. */
export const overworldConfig = {
  server: serverSection,
  data: dataSection,
  gateway: gatewaySection,
  session: sessionSection,
  shard: shardSection,
  persistence: persistenceSection,
} as const;

export type ClusterConfig = ConfigOf<typeof clusterSections>;
export type GatewayConfig = ConfigOf<typeof gatewayConfig>;
export type SessionConfig = ConfigOf<typeof sessionConfig>;
export type ShardConfig = ConfigOf<typeof shardConfig>;
export type PersistenceConfig = ConfigOf<typeof persistenceConfig>;
export type OverworldConfig = ConfigOf<typeof overworldConfig>;
