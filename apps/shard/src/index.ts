export { SHARD_OPTIONS, type ShardOptions, ZONE_HOST } from './options.ts';
export { ShardModule } from './shard.module.ts';
export { ZoneHost } from './zone-host.ts';
