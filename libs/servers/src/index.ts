export { findNatsServer } from './find-nats.ts';
export { type NatsOptions, type NatsServer, type NatsServers, startNats } from './nats.ts';
export { type RedisOptions, type RedisServer, startRedis } from './redis.ts';
export { ServersError } from './servers-error.ts';
