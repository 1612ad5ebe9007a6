import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('the command line', () => {
  it('[CO1] has defaults for everything', () => {
    expect(parseOptions([])).toEqual({
      kind: 'run',
      options: {
        replicas: { persistence: 1, ai: 1, session: 2, shard: 3, gateway: 2 },
        port: 8080,
        host: '127.0.0.1',
        nats: 1,
        data: undefined,
        games: undefined,
        worlds: [],
        restarts: true,
      },
    });
  });

  it('[CO2] takes what is asked for', () => {
    const parsed = parseOptions([
      '--replicas',
      'shard=4,gateway=1',
      '--nats',
      '3',
      '--port',
      '0',
      '--no-restart',
      '--worlds',
      'forest,my-game',
    ]);
    expect(parsed).toMatchObject({
      kind: 'run',
      options: { replicas: { shard: 4, gateway: 1, session: 2 }, nats: 3, port: 0, restarts: false },
    });
    expect(parsed).toMatchObject({ options: { worlds: ['forest', 'my-game'] } });
    expect(parseOptions(['--help'])).toEqual({ kind: 'help' });
  });

  it.each([
    [['--replicas', 'shard=0'], /^--replicas has "shard=0": the number must be from 1 to 16$/],
    [['--replicas', 'dragon=1'], /^--replicas names "dragon": the services are persistence, ai, /],
    [['--replicas', 'shard'], /^--replicas has "shard": /],
    [['--nats', '2'], /^--nats is "2": it must be 1 or 3$/],
    [['--port', 'x'], /^--port is "x": it must be a whole number from 0 to 65535$/],
    [['--port', '70000'], /^--port is "70000"/],
    [['--data', ''], /need a path$/],
    [['--worlds', ''], /^--worlds is "": it must be names of worlds with commas between$/],
    [['--dance'], /see --help$/],
    [['word'], /see --help$/],
  ])('[CO3] says in one line what is wrong with %j', (args, line) => {
    const parsed = parseOptions(args);
    expect(parsed).toMatchObject({ kind: 'problem', line: expect.stringMatching(line) });
    expect((parsed as { line: string }).line).not.toContain('\n');
  });
});
