import { describe, expect, it } from 'vitest';
import { isAllowedOrigin } from './origins.ts';

describe('origins', () => {
  it.each([
    ['no browser', [], undefined, 'host:80', true],
    ['its own page', [], 'http://host:80', 'host:80', true],
    ['its own page over TLS', [], 'https://host', 'host', true],
    ['another page', [], 'http://evil.example', 'host', false],
    ['one that looks alike', [], 'http://host.evil.example', 'host', false],
    ['one that hides in the path', [], 'http://evil.example/://host', 'host', false],
    ['no address', [], 'null', 'host', false],
    ['one on the list', ['https://game.example'], 'https://game.example', 'host', true],
    ['another scheme than on the list', ['https://game.example'], 'http://game.example', 'host', false],
    ['anyone, where the operator wants it', ['*'], 'http://evil.example', 'host', true],
  ] as const)('[OR1] %s', (_, list, origin, host, allowed) => {
    expect(isAllowedOrigin(list, origin, host)).toBe(allowed);
  });
});
