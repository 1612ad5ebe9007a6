import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type ClientToServerEvents,
  EVENT_NOTES,
  EVENTS,
  type EventName,
  type ServerToClientEvents,
} from './events.ts';
import { LIMITS } from './limits.ts';
import { isRefusalReason, REFUSALS, type RefusalReason, type Refused } from './refusals.ts';
import type { ValueType } from './value-type.ts';

describe('closed sets', () => {
  it('a reason is one of the set, at compile time and at run time', () => {
    expectTypeOf<Refused['reason']>().toEqualTypeOf<RefusalReason>();
    // @ts-expect-error a reason that is not in the set
    const wrong: RefusalReason = 'tired';
    expect(isRefusalReason(wrong)).toBe(false);
    expect(isRefusalReason('toString')).toBe(false);
    expect(isRefusalReason('zone-full')).toBe(true);
  });

  it('every refusal says what it means and what to do next', () => {
    for (const [reason, { meaning, next, status }] of Object.entries(REFUSALS)) {
      expect(reason).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(meaning).toMatch(/\.$/);
      expect(next).toMatch(/\.$/);
      expect(status).toBeGreaterThanOrEqual(400);
    }
  });

  it('every event has a name, a note and a type', () => {
    expectTypeOf<keyof ClientToServerEvents | keyof ServerToClientEvents>().toEqualTypeOf<EventName>();
    expect(Object.keys(EVENT_NOTES)).toEqual(Object.keys(EVENTS));
    for (const [key, name] of Object.entries(EVENTS)) expect(name).toBe(key);
  });

  it('a value type is one of the set', () => {
    // @ts-expect-error a string says how long it can be
    const withoutMax: ValueType = { t: 'string' };
    expect(withoutMax.t).toBe('string');
  });

  it('limits agree with each other', () => {
    expect(LIMITS.maxFrameBytes).toBeLessThanOrEqual(LIMITS.maxMessageBytes);
    expect(LIMITS.minMessageBytes).toBeLessThan(LIMITS.maxMessageBytes);
    expect(LIMITS.maxInputsPerFrame * (LIMITS.maxInputBytes + 13) + 11).toBeLessThan(
      2 * LIMITS.maxMessageBytes,
    );
    expect(LIMITS.maxComponents).toBeLessThan(32);
  });
});
