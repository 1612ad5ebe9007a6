import { expect, it } from 'vitest';
import { spoken, whoIsThere } from './talk.ts';

it('[WT1] tells talk from what is asked for', () => {
  expect(spoken('hello')).toEqual({ kind: 'near', text: 'hello' });
  expect(spoken('/w hello  there ')).toEqual({ kind: 'world', text: 'hello  there' });
  expect(spoken('/W hello')).toEqual({ kind: 'world', text: 'hello' });
  expect(spoken('/ai walk north')).toEqual({ kind: 'ai', text: 'walk north' });
  expect(spoken('/who')).toEqual({ kind: 'who' });
  expect(spoken('/wave')).toEqual({ kind: 'near', text: '/wave' });
  expect(spoken('/w')).toEqual({ kind: 'near', text: '/w' });
});

it('[WT2] says who is there, and how many more', () => {
  expect(whoIsThere(1, ['Ada'])).toBe('1 player in this world: Ada.');
  const names = Array.from({ length: 20 }, (_, index) => `P${index}`);
  expect(whoIsThere(30, names)).toMatch(/^30 players in this world: P0, .*, P11, 18 more\.$/);
});
