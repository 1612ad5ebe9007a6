/* Placement and seats without the service around them: for who drives them on another clock. */
export { Doors } from './doors.ts';
export { Members } from './members.ts';
export { SESSION_DEFAULTS } from './options.ts';
export { Recovery } from './recovery.ts';
export { Seats } from './seats.ts';
export type { RegisteredZone } from './stores.ts';
export type { SeatClaims } from './tokens.ts';
export { Zones } from './zones.ts';
