export { GatewayModule } from './gateway.module.ts';
export { GatewayIoAdapter } from './gateway-io.adapter.ts';
export { Hub } from './hub.ts';
export { GATEWAY_DEFAULTS, type GatewayOptions, HUB } from './options.ts';
export type { RedisAddress } from './redis-link.ts';
