import { describe, expect, it } from 'vitest';
import { prettyLine } from './log-line.ts';
import { createLogger, withLogContext } from './logger.ts';

function capture(format: 'json' | 'pretty') {
  const lines: string[] = [];
  const output = { write: (line: string) => void lines.push(line) };
  return { lines, logger: createLogger({ service: 'shard', level: 'info', format, output }) };
}

describe('logger', () => {
  it('[LG1] adds the ids of the request and the zone, through asynchronous work', async () => {
    const { lines, logger } = capture('json');
    await withLogContext({ requestId: 'r-1' }, async () => {
      await Promise.resolve();
      withLogContext({ zone: 'forest-1' }, () => logger.info('in both'));
      logger.child({ zone: 'forest-2' }).info('in one');
    });
    logger.info('in none');
    const entries = lines.map((line) => JSON.parse(line));
    expect(entries[0]).toMatchObject({
      service: 'shard',
      requestId: 'r-1',
      zone: 'forest-1',
      msg: 'in both',
    });
    expect(entries[1]).toMatchObject({ requestId: 'r-1', zone: 'forest-2' });
    expect(entries[2]).not.toHaveProperty('requestId');
  });

  it('[LG2] hides tokens and passwords', () => {
    const { lines, logger } = capture('json');
    logger.info(
      { token: 'abc1', auth: { token: 'abc2' }, request: { headers: { authorization: 'abc3' } } },
      'x',
    );
    expect(lines.join()).not.toMatch(/abc\d/);
  });

  it('[LG3] writes one line per entry for people, whatever the entry holds', () => {
    const { lines, logger } = capture('pretty');
    logger.error({ zone: 'forest-1', err: new Error('two\nlines') }, 'a message\nin two lines');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} ERROR shard a message ⏎ in two lines zone=forest-1 Error: two/,
    );
  });

  it('[LG4] passes on what is no entry', () => {
    expect(prettyLine('plain words\n', { colour: true })).toBe('plain words\n');
  });
});
