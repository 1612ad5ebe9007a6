import { expect, it } from 'vitest';
import { readOptions } from './options.ts';

it('measures all of ours beside two peers, sparse and dense, unless told otherwise', () => {
  expect(readOptions(['--peers', 'peers'])).toMatchObject({
    systems: [
      'overworld',
      'overworld-everytick',
      'overworld-nomotion',
      'overworld-cluster',
      'colyseus-view',
      'colyseus-view-q',
    ],
    series: [
      { sizeM: 1000, players: [200, 400] },
      { sizeM: 250, players: [200, 400] },
    ],
    repetitions: 3,
    isSmoke: false,
  });
});

it('reads what is given', () => {
  const words =
    '--peers p --systems overworld,socketio-json --n 50,100 --size 250 --reps 1 --measure 5'.split(' ');
  expect(readOptions(words)).toMatchObject({
    systems: ['overworld', 'socketio-json'],
    series: [{ sizeM: 250, players: [50, 100] }],
    repetitions: 1,
    measureSeconds: 5,
    isTogether: false,
  });
  expect(readOptions(['--peers', 'p', '--together'])).toMatchObject({ isTogether: true });
  expect(readOptions(['--peers', 'p', '--largest', '--calm', '0.05'])).toMatchObject({
    isSearch: true,
    calm: 0.05,
    series: [{ sizeM: 1000, players: [800] }],
    output: 'bench/results/largest.json',
  });
  expect(readOptions(['--help'])).toBe('help');
});

it('takes about a minute for a smoke test', () => {
  const options = readOptions(['--peers', 'p', '--smoke']);
  expect(options).toMatchObject({ series: [{ players: [20] }], repetitions: 1, isSmoke: true });
});

it.each([
  [[], "--peers is missing, allowed is the folder of the peers' programs"],
  [['--peers', 'p', '--n', '200,few'], '--n is "200,few", allowed are whole numbers from 8 to 20000'],
  [['--peers', 'p', '--n', '4'], '--n is "4", allowed are whole numbers from 8 to 20000'],
  [['--peers', 'p', '--reps', '0'], '--reps is "0", allowed is a whole number from 1 to 100'],
  [['--peers', 'p', '--systems', '../x'], '--systems is "../x", allowed are names between commas'],
  [['--peers', 'p', '--calm', 'very'], '--calm is "very", allowed is a number from 0 to 1'],
  [['--peers', 'p', '--together', '--largest'], 'allowed is one of them'],
  [['--peers', 'p', '--frobnicate'], "Unknown option '--frobnicate'"],
])('refuses %j with a sentence', (words, sentence) => {
  expect(() => readOptions(words)).toThrow(sentence);
});
