import { describe, expect, it } from 'vitest';
import { HeardEvents } from './heard-events.ts';

const said = (tick: number, text: string): unknown => ({
  zone: 'glade-1',
  tick,
  name: 'said',
  value: { text },
});

describe('events over two connections', () => {
  it('are heard once when the next gateway is behind the one before (simulator, seed 40)', () => {
    const heard = new HeardEvents();
    for (const text of ['a', 'b']) expect(heard.take(said(49, text))).toBe(true);
    heard.restart();
    for (const text of ['a', 'b']) expect(heard.take(said(49, text))).toBe(false);
    expect(heard.take(said(49, 'c'))).toBe(true);
    expect(heard.take(said(50, 'a'))).toBe(true);
  });

  it('are told as often as they happened, over any number of connections', () => {
    const heard = new HeardEvents();
    expect(heard.take(said(7, 'a'))).toBe(true);
    heard.restart();
    heard.restart();
    expect(heard.take(said(7, 'a'))).toBe(false);
    expect(heard.take(said(7, 'a'))).toBe(true);
    heard.restart();
    expect([1, 2, 3].map(() => heard.take(said(7, 'a')))).toEqual([false, false, true]);
  });
});
