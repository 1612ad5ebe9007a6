import { describe, expect, it } from 'vitest';
import { LIFE, owns, type ZoneEvent, type ZoneState } from './life.ts';

const states = Object.keys(LIFE) as ZoneState[];
const events = Object.keys(LIFE.opening) as ZoneEvent[];

describe('the life of a zone', () => {
  it('never leaves its final states', () => {
    for (const event of events) {
      expect(['stay', 'never']).toContain(LIFE.fenced[event]);
      expect(['stay', 'never']).toContain(LIFE.closed[event]);
    }
  });

  it('is fenced by another owner in every state that still owns the zone', () => {
    for (const state of states.filter(owns)) expect(LIFE[state].foreign).toBe('fenced');
  });

  it('can always be stopped', () => {
    for (const state of states) expect(LIFE[state].hibernate).not.toBe('never');
  });

  it('reaches every state from the first', () => {
    const reached = new Set<ZoneState>(['opening']);
    for (const state of reached) {
      for (const event of events) {
        const next = LIFE[state][event];
        if (next !== 'stay' && next !== 'never') reached.add(next);
      }
    }
    expect([...reached].sort()).toEqual([...states].sort());
  });
});
