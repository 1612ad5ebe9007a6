/** The subjects of the data path. Zone ids hold no dots, so each is one token. */
export const subjects = {
  /** Batches into the zone's mailbox. */
  zoneIn: (zone: string): string => `zone.${zone}.in`,
  /** What the zone shows, to every gateway with players there. */
  zoneOut: (zone: string): string => `zone.${zone}.out`,
  /** Request: a full sync message. */
  zoneSync: (zone: string): string => `zone.${zone}.sync`,
  /** Request: JSON control of one zone. */
  zoneControl: (zone: string): string => `zone.${zone}.ctl`,
  /** Request: effects to apply, queue group `persistence`. */
  effects: 'effects.apply',
} as const;

const ZONE_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

export function isZoneId(text: string): boolean {
  return ZONE_ID.test(text);
}
