import { type AnyRuleset, defineRuleset } from '@overworld/ruleset';
import { z } from 'zod';

/** What every player's inputs said when they were executed, by name. */
export const executedBy = new Map<string, number[]>();

/** A room in which players count. */
export const room = defineRuleset({
  name: 'room',
  tickHz: 50,
  capacity: { players: 64, entities: 128 },
  gap: { policy: 'hold' },
  components: { look: { fields: { name: { text: 24 }, last: 'u32' }, show: {} } },
  interest: { everything: true },
  inputs: { count: { schema: z.object({ n: z.int().min(0).max(1_000_000) }), policy: 'all' } },
  join: (zone, player) => zone.spawn({ look: { name: zone.players.name(player) } }),
  input: {
    count(zone, player, { n }) {
      const name = zone.players.name(player);
      executedBy.set(name, [...(executedBy.get(name) ?? []), n]);
      zone.look.last[zone.players.avatar(player)] = n;
    },
  },
  tick() {},
}) as AnyRuleset;
