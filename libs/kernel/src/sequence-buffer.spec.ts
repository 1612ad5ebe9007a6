import { describe, expect, it } from 'vitest';
import { SequenceBuffer } from './sequence-buffer.ts';

describe('SequenceBuffer', () => {
  it('finds what is stored under exactly that sequence', () => {
    const buffer = new SequenceBuffer<string>(4);
    expect(buffer.insert(5, 'five')).toBe(true);
    expect(buffer.find(5)).toBe('five');
    expect(buffer.find(1)).toBeUndefined();
    expect(buffer.find(9)).toBeUndefined();
    expect(buffer.find(-1)).toBeUndefined();
  });

  it('lets a newer sequence take the slot and refuses an older one', () => {
    const buffer = new SequenceBuffer<string>(4);
    buffer.insert(1, 'one');
    expect(buffer.insert(5, 'five')).toBe(true);
    expect(buffer.find(1)).toBeUndefined();
    expect(buffer.insert(1, 'late')).toBe(false);
    expect(buffer.find(5)).toBe('five');
  });

  it('keeps its slots apart beyond 2^32', () => {
    const buffer = new SequenceBuffer<string>(8);
    const far = 2 ** 40 + 3;
    buffer.insert(far, 'far');
    expect(buffer.find(far)).toBe('far');
    expect(buffer.find(3)).toBeUndefined();
  });

  it('forgets one, or all', () => {
    const buffer = new SequenceBuffer<string>(4);
    buffer.insert(0, 'zero');
    buffer.insert(1, 'one');
    expect(buffer.remove(0)).toBe(true);
    expect(buffer.remove(0)).toBe(false);
    expect(buffer.remove(-1)).toBe(false);
    buffer.clear();
    expect(buffer.find(1)).toBeUndefined();
  });

  it('asserts a power of two and a valid sequence', () => {
    expect(() => new SequenceBuffer(3)).toThrow();
    expect(() => new SequenceBuffer(0)).toThrow();
    expect(() => new SequenceBuffer<number>(4).insert(-1, 0)).toThrow();
  });
});
