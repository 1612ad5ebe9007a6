/* The gateway without its sockets: for who drives it on another clock. */
export { Hub } from './hub.ts';
export { InputDoor } from './input-door.ts';
export { GATEWAY_DEFAULTS } from './options.ts';
export { PlayerConnection } from './player-connection.ts';
