/* A shard's zones without the service around them: for who drives them on another clock. */
export { ZoneHost, type ZoneHostPorts } from './zone-host.ts';
