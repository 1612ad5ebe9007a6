import { forest } from '@overworld/ruleset-forest';
import type { lobby } from '@overworld/ruleset-lobby';
import { expectTypeOf, it } from 'vitest';
import type { GameZone } from './game-zone.ts';
import type { Overworld } from './overworld.ts';
import type { EventName, InputName, InputValue } from './typing.ts';

it('types inputs and events by the ruleset', () => {
  expectTypeOf<InputName<typeof lobby>>().toEqualTypeOf<'move' | 'say'>();
  expectTypeOf<EventName<typeof lobby>>().toEqualTypeOf<'joined' | 'left' | 'said'>();
  expectTypeOf<InputValue<typeof forest, 'move'>>().toEqualTypeOf<{ dx: number; dy: number }>();

  const check = async (game: Overworld, zone: GameZone<typeof lobby>): Promise<void> => {
    zone.input('move', { dx: 1, dy: 0 });
    zone.on('said', ({ value }) => expectTypeOf(value).toEqualTypeOf<{ name: string; text: string }>());
    // @ts-expect-error the lobby has no such input
    zone.input('fly', {});
    // @ts-expect-error a direction is of two numbers
    zone.input('move', { dx: 1 });
    // @ts-expect-error the lobby has no such event
    zone.on('picked', () => undefined);
    const joined = await game.join({ world: 'forest' }, forest);
    joined.input('go', { x: 1, y: 2 });
  };
  expectTypeOf(check).toBeFunction();
});

it('takes any name and value where the ruleset is not known', () => {
  const check = (zone: GameZone): void => {
    zone.input('anything', { at: 'all' });
    zone.on('anything', ({ value }) => expectTypeOf(value).toBeUnknown());
  };
  expectTypeOf(check).toBeFunction();
});
