import { describe, expect, it } from 'vitest';
import { assert, unreachable } from './assert.ts';

describe('assert', () => {
  it('throws with its message, and only when the condition is false', () => {
    expect(() => assert(true, 'fine')).not.toThrow();
    expect(() => assert(false, 'the pool is empty')).toThrow('the pool is empty');
  });

  it('throws where nothing should ever get to', () => {
    expect(() => unreachable('x' as never)).toThrow('unreachable');
  });
});
