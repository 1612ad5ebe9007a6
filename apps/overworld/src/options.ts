import { randomBytes } from 'node:crypto';
import { type OverworldConfig, tokenSecret } from '@overworld/config';
import { GATEWAY_DEFAULTS } from '@overworld/gateway';
import type { PlatformBindings } from '@overworld/platform';
import { sessionOptions } from '@overworld/session';
import type { RootOptions } from './root.module.ts';

function instanceName(kind: string): string {
  return `${kind}-${randomBytes(4).toString('hex')}`;
}

/** What each service is told, from the one configuration of the process. */
export function serviceOptions(
  config: OverworldConfig,
  platform: PlatformBindings,
  databaseUrl: string,
  folder: string,
): RootOptions {
  const { session, gateway, shard, persistence } = config;
  const secret = tokenSecret(session.secret, folder);
  return {
    platform,
    database: { databaseUrl, connections: persistence.databaseConnections, caFile: persistence.databaseCa },
    session: sessionOptions(session, gateway.url, secret, instanceName('session')),
    gateway: {
      ...GATEWAY_DEFAULTS,
      id: instanceName('gateway'),
      secret,
      origins: gateway.origins,
      maxConnections: gateway.maxConnections,
      viewBytesPerSecond: gateway.viewBytesPerSecond,
    },
    shard: {
      id: shard.id === '' ? instanceName('shard') : shard.id,
      zoneIdleSeconds: shard.zoneIdleSeconds,
      snapshotSeconds: shard.snapshotSeconds,
    },
  };
}
