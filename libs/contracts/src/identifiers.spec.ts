import { expect, it } from 'vitest';
import { playerName } from './identifiers.ts';

it.each(['Ada', 'Ada Lovelace', "O'Neil", 'Jean-Luc', 'Зоя', '小明', '한글', 'x', '7'])(
  '[NM1] %s is a name',
  (name) => {
    expect(playerName.safeParse(name).success).toBe(true);
  },
);

it.each([
  ['nothing', ''],
  ['a space at the end', 'Ada '],
  ['a control character', 'A\u0000a'],
  ['a change of direction', 'A\u202ea'],
  ['a width of zero', 'A\u200ba'],
  ['letters that show nothing', '\u3164'],
  ['a letter that shows nothing, among others', 'A\u115fa'],
  ['markup', '<b>'],
  ['more than 24 letters', 'x'.repeat(25)],
])('[NM2] %s is no name', (_, name) => {
  expect(playerName.safeParse(name).success).toBe(false);
});
