import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clusterOnlySections, operatorConfig, overworldConfig, persistenceConfig } from './config.ts';
import { parseConfig, settingsOf } from './parse.ts';
import { settingsTable } from './reference.ts';
import { SecretError, storedSecret, tokenSecret } from './secret.ts';
import { usage } from './usage.ts';

const parse = (words: string[], environment: Record<string, string> = {}) =>
  parseConfig(overworldConfig, { words, environment });

function linesOf(words: string[], environment: Record<string, string> = {}): readonly string[] {
  const outcome = parse(words, environment);
  return outcome.kind === 'problems' ? outcome.lines : [];
}

describe('configuration', () => {
  it('[CF1] has a working default for everything', () => {
    const outcome = parse([]);
    expect(outcome).toMatchObject({
      kind: 'config',
      config: {
        server: { host: '127.0.0.1', port: 8080 },
        data: { folder: '.data' },
        gateway: { origins: [] },
      },
    });
  });

  it('[CF2] takes the command line before the environment, and an empty variable for none', () => {
    const environment = { OVERWORLD_PORT: '4000', OVERWORLD_HOST: '', OVERWORLD_DATA: '/srv/a' };
    expect(parse(['--port', '5000', '--data=/srv/b=c'], environment)).toMatchObject({
      config: { server: { port: 5000, host: '127.0.0.1' }, data: { folder: '/srv/b=c' } },
    });
  });

  it('[CF3] names variable, value and what is allowed, one line per problem', () => {
    const environment = {
      OVERWORLD_PORT: 'http',
      OVERWORLD_LOG_LEVEL: 'loud',
      OVERWORLD_ORIGINS: 'a.example',
    };
    expect(linesOf([], environment)).toEqual([
      'OVERWORLD_PORT is "http": it must be a whole number from 0 to 65535',
      'OVERWORLD_LOG_LEVEL is "loud": it must be one of silent, fatal, error, warn, info, debug, trace',
      'OVERWORLD_ORIGINS is "a.example": it must be origins such as https://game.example between commas, or *',
    ]);
    expect(linesOf(['--port', '65536'])).toEqual([
      '--port is "65536": it must be a whole number from 0 to 65535',
    ]);
  });

  it.each(['', ' 80', '0x50', '80.5', '-1', '1e3', '99999999999999999999'])(
    '[CF4] %j is no port',
    (value) => {
      expect(linesOf([`--port=${value}`])).toHaveLength(1);
    },
  );

  it('[CF5] refuses options that do not exist or lack their value', () => {
    expect(linesOf(['--prot', '--port'])).toEqual([
      '--prot is not an option: see --help',
      '--port needs a value',
    ]);
    expect(linesOf(['--data', '--port', '1'])).toEqual(['--data needs a value']);
  });

  it('[CF6] never shows a secret in a message', () => {
    const lines = linesOf([], {
      OVERWORLD_SECRET: 'hunter2',
      OVERWORLD_DATABASE_URL: 'mysql://root:hunter2@db',
    });
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('hunter2');
    expect(lines[0]).toBe(
      'OVERWORLD_SECRET is not what it should be: it must be at least 32 characters, or nothing',
    );
  });

  it('[CF7] is frozen', () => {
    const outcome = parse([], { OVERWORLD_ORIGINS: 'https://a.example, https://b.example' });
    if (outcome.kind !== 'config') throw new Error('a valid configuration');
    expect(outcome.config.gateway.origins).toEqual(['https://a.example', 'https://b.example']);
    expect(() => Object.assign(outcome.config.server, { port: 1 })).toThrow(TypeError);
    expect(() => (outcome.config.gateway.origins as string[]).push('x')).toThrow(TypeError);
  });

  it('[CF8] the usage text names every setting, and help wins over problems', () => {
    const text = usage(overworldConfig, 'npm start --');
    for (const { info } of settingsOf(overworldConfig)) {
      expect(text).toContain(info.variable);
      if (info.flag !== undefined) expect(text).toContain(`--${info.flag} `);
    }
    expect(text).toContain('a whole number from 0 to 65535; default: 8080');
    expect(usage(persistenceConfig, 'persistence')).not.toContain('OVERWORLD_SHARD_ID');
    expect(parse(['--nonsense', '--help'])).toEqual({ kind: 'help' });
  });

  it('[CF13] secrets may lie in files; one that cannot be read is a problem, not an empty secret', () => {
    const readFile = (path: string): string => {
      if (path !== '/run/password') throw new Error('no such file');
      return 'swordfish\n';
    };
    const read = (path: string) =>
      parseConfig(operatorConfig, {
        words: [],
        environment: { OVERWORLD_NATS_PASSWORD_FILE: path },
        readFile,
      });
    expect(read('/run/password')).toMatchObject({ config: { nats: { password: 'swordfish' } } });
    expect(read('/run/nothing')).toEqual({
      kind: 'problems',
      lines: ['OVERWORLD_NATS_PASSWORD_FILE names a file that cannot be read: no such file'],
    });
  });

  it('[CF9] no two settings share a variable or an option', () => {
    const infos = settingsOf(overworldConfig).map(({ info }) => info);
    const flags = infos.flatMap(({ flag }) => (flag === undefined ? [] : [flag]));
    expect(new Set(infos.map(({ variable }) => variable)).size).toBe(infos.length);
    expect(new Set(flags).size).toBe(flags.length);
    for (const { variable } of infos) expect(variable).toMatch(/^OVERWORLD_[A-Z_]+$/);
  });
});

it('[CF12] is documented as it is', () => {
  const page = new URL('../../../docs/configuration.md', import.meta.url);
  const text = readFileSync(page, 'utf8');
  expect(text).toContain(settingsTable(overworldConfig));
  expect(text).toContain(settingsTable(clusterOnlySections));
});

describe('stored secrets', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'overworld-secret-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('[CF10] are made once, long, readable by the owner only, and leave nothing else behind', () => {
    const secret = storedSecret(folder, 'token.secret');
    expect(secret.length).toBeGreaterThanOrEqual(64);
    expect(storedSecret(folder, 'token.secret')).toBe(secret);
    expect(storedSecret(folder, 'other.secret')).not.toBe(secret);
    expect(statSync(join(folder, 'token.secret')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['other.secret', 'token.secret']);
    expect(new TextDecoder().decode(tokenSecret('', folder))).toBe(secret);
    expect(new TextDecoder().decode(tokenSecret('given', folder))).toBe('given');
  });

  it('[CF11] that are too short are refused, not used', () => {
    writeFileSync(join(folder, 'token.secret'), 'short\n');
    expect(() => storedSecret(folder, 'token.secret')).toThrow('delete it to get a new one');
    expect(() => storedSecret(join(folder, 'token.secret'), 'below')).toThrow(SecretError);
    expect(() => storedSecret(join(folder, 'nowhere'), 'below')).toThrow(/cannot be written/);
  });
});
