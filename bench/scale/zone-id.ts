/** The zone that `zone-server.ts` runs. */
export const ZONE_ID = 'crowd-1';
