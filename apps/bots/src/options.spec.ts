import { expect, it } from 'vitest';
import { readOptions } from './options.ts';

it('has defaults for everything', () => {
  expect(readOptions([])).toMatchObject({
    url: 'http://localhost:8080',
    players: 200,
    seconds: 30,
    world: 'forest',
    rate: 10,
    workers: 1,
    json: false,
  });
});

it('reads what is given', () => {
  const words =
    '--players 600 --world my-game --seconds 5 --url http://10.0.0.7:4000/ --json --max-p99 80'.split(' ');
  expect(readOptions(words)).toMatchObject({
    players: 600,
    workers: 3,
    world: 'my-game',
    seconds: 5,
    url: 'http://10.0.0.7:4000',
    json: true,
    thresholds: { p99Ms: 80 },
  });
  expect(readOptions(['--help'])).toBe('help');
});

it.each([
  [['--players', '0'], '--players is "0", allowed is a number from 1 to 10000'],
  [['--players', '1.5'], '--players is "1.5", allowed is a whole number from 1 to 10000'],
  [['--rate', 'fast'], '--rate is "fast", allowed is a number from 0.1 to 60'],
  [['--url', 'localhost'], '--url is "localhost", allowed is an address such as http://localhost:8080'],
  [['--frobnicate'], "Unknown option '--frobnicate'"],
])('refuses %j with a sentence', (words, sentence) => {
  expect(() => readOptions(words)).toThrow(sentence);
});
