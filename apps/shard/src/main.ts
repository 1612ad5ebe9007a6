import { randomBytes } from 'node:crypto';
import { shardConfig } from '@overworld/config';
import { runService } from '@overworld/service/process';
import { ZONE_HOST } from './options.ts';
import { ShardModule } from './shard.module.ts';
import type { ZoneHost } from './zone-host.ts';

runService(shardConfig, {
  name: 'shard',
  instance: ({ shard }) => (shard.id === '' ? `shard-${randomBytes(4).toString('hex')}` : shard.id),
  module({ shard }, id) {
    const { zoneIdleSeconds, snapshotSeconds } = shard;
    return ShardModule.forRoot({ id, zoneIdleSeconds, snapshotSeconds, rehearses: true });
  },
  drain: (app) => app.get<ZoneHost>(ZONE_HOST).handOver(),
  stopTimeoutMs: 60_000,
});
