import { type World, ZONES_AWAKE_TOGETHER } from '@overworld/contracts';

/**
 * The zones that should run when a player comes into a world. All of a small one, for the player may walk from any of them to
 * the next. Of a larger one those that are declared next to the zone `wanted`, else next to where the player was `seen` last,
 * else next to the entry; and the one where he was seen, for he may still have a seat there.
 */
export function zonesToWake(
  { zones, entry }: World,
  seen: string | undefined,
  wanted: string | undefined,
): readonly string[] {
  const ids = zones.map(({ id }) => id);
  if (ids.length <= ZONES_AWAKE_TOGETHER) return ids;
  const known = [wanted, seen, entry].map((zone) => ids.indexOf(zone ?? '')).filter((index) => index >= 0);
  const first = (known[0] ?? 0) - ZONES_AWAKE_TOGETHER / 2;
  const from = Math.min(Math.max(0, first), ids.length - ZONES_AWAKE_TOGETHER);
  const woken = ids.slice(from, from + ZONES_AWAKE_TOGETHER);
  const isMissing = seen !== undefined && ids.includes(seen) && !woken.includes(seen);
  return isMissing ? [seen, ...woken] : woken;
}
