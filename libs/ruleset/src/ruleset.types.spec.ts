import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { defineRuleset } from './index.ts';

test('[RS1] names and values are checked by the compiler, end to end', () => {
  const game = defineRuleset({
    name: 'typed',
    tickHz: 10,
    capacity: { players: 2, entities: 4 },
    gap: { policy: 'hold' },
    components: {
      body: { fields: { x: 'f64', hp: 'u8' }, show: {} },
      bag: { fields: { items: { list: 'u16', max: 8 }, label: { text: 16 } } },
    },
    record: { wave: 'u32' },
    streams: ['dice'],
    timers: ['boom'],
    interest: { everything: true },
    inputs: { hit: { schema: z.object({ power: z.int().min(0).max(9) }), policy: 'all' } },
    events: { struck: z.object({ power: z.int() }) },
    effects: { won: z.object({ prize: z.string() }) },
    join(zone) {
      // @ts-expect-error there is no component of this name
      zone.spawn({ boddy: {} });
      // @ts-expect-error there is no field of this name
      zone.spawn({ body: { z: 1 } });
      return zone.spawn({ body: { x: 1 }, bag: { items: [1, 2], label: 'new' } });
    },
    input: {
      hit(zone, player, value) {
        expectTypeOf(value).toEqualTypeOf<{ power: number }>();
        const avatar = zone.players.avatar(player);
        expectTypeOf(zone.body.x).toExtend<Float64Array>();
        expectTypeOf(zone.record.wave).toEqualTypeOf<number>();
        zone.body.hp[avatar] = value.power;
        zone.bag.items.push(avatar, 3);
        zone.emit('struck', { power: value.power });
        // @ts-expect-error there is no event of this name
        zone.emit('strucked', { power: 1 });
        // @ts-expect-error the event's value has another shape
        zone.emit('struck', { power: 'much' });
        // @ts-expect-error there is no effect of this name
        zone.effect('lost', { prize: 'a' });
        zone.effect('won', { prize: 'a' }, player);
        zone.after(3, 'boom', avatar);
        // @ts-expect-error there is no timer of this name
        zone.after(3, 'bang', avatar);
        zone.random.dice.int(6);
        // @ts-expect-error there is no stream of this name
        zone.random.cards;
      },
    },
    timer: {
      boom(zone, entity) {
        zone.destroy(entity);
      },
    },
  });
  expectTypeOf(game.name).toEqualTypeOf<string>();
  defineRuleset({
    name: 'wrong',
    tickHz: 10,
    capacity: { players: 1, entities: 1 },
    gap: { policy: 'hold' },
    components: {},
    interest: { everything: true },
    inputs: { go: { schema: z.object({}), policy: 'latest' } },
    join: () => -1,
    input: {
      go() {},
      // @ts-expect-error no input of this name is declared
      stop() {},
    },
  });
});
