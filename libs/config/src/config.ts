import type { z } from 'zod';
import {
  dataSection,
  gatewaySection,
  persistenceSection,
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

/** What each process is configured by. */
export const gatewayConfig = {
  server: serverSection,
  gateway: gatewaySection,
  session: sessionSection,
} as const;
export const sessionConfig = {
  server: serverSection,
  gateway: gatewaySection,
  session: sessionSection,
} as const;
export const shardConfig = { server: serverSection, shard: shardSection } as const;
export const aiConfig = { server: serverSection } as const;
export const persistenceConfig = { server: serverSection, persistence: persistenceSection } as const;

/** All services in one process. */
export const overworldConfig = {
  server: serverSection,
  data: dataSection,
  gateway: gatewaySection,
  session: sessionSection,
  shard: shardSection,
  persistence: persistenceSection,
} as const;

export type GatewayConfig = ConfigOf<typeof gatewayConfig>;
export type SessionConfig = ConfigOf<typeof sessionConfig>;
export type ShardConfig = ConfigOf<typeof shardConfig>;
export type AiConfig = ConfigOf<typeof aiConfig>;
export type PersistenceConfig = ConfigOf<typeof persistenceConfig>;
export type OverworldConfig = ConfigOf<typeof overworldConfig>;
