import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSubject } from '../subjects.ts';
import { fromToken, toToken } from './token.ts';

describe('a token', () => {
  it('stands for a key, whatever is in it, and for no other', () => {
    const anyKey = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(anyKey, anyKey, (key, other) => {
        const token = toToken(key);
        expect(isSubject(token)).toBe(true);
        expect(token).not.toContain('.');
        expect(fromToken(token)).toBe(key);
        if (other !== key) expect(toToken(other)).not.toBe(token);
      }),
    );
  });

  it('of the id of a zone is that id', () => {
    expect(toToken('forest-1')).toBe('forest-1');
  });

  it.each(['=', 'a=2e', '=c3=a9'])('is read back: %s', (token) => {
    expect(toToken(fromToken(token) as string)).toBe(token);
  });

  it.each(['', 'a=', 'a=2', 'a=XY', 'a.b', 'a*', 'ü'])('is not made of %j', (token) => {
    expect(fromToken(token)).toBeUndefined();
  });
});
