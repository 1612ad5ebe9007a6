import type { Clock } from '@overworld/ports';
import { beforeEach, describe, expect, it } from 'vitest';

export interface ClockFixture {
  readonly clock: Clock;
  /** Lets this much time pass. */
  pass(ms: number): Promise<void>;
}

/** What every implementation of the Clock port keeps. */
export function clockContract(name: string, open: () => ClockFixture): void {
  describe(`${name} is a clock`, () => {
    let fixture: ClockFixture;
    beforeEach(() => {
      fixture = open();
    });

    it('[CL1] never runs backwards, and runs', async () => {
      const { clock, pass } = fixture;
      let last = clock.now();
      for (let round = 0; round < 5; round++) {
        await pass(2);
        expect(clock.now()).toBeGreaterThanOrEqual(last);
        last = clock.now();
      }
      expect(last).toBeGreaterThan(fixture.clock.now() - 1_000);
    });

    it('[CL2] tells a time of day that fits a date', () => {
      expect(fixture.clock.wall()).toBeGreaterThan(Date.UTC(2020, 0));
    });

    it('[CL3] calls back once, not before the delay is over, never at once', async () => {
      const { clock, pass } = fixture;
      const startMs = clock.now();
      const calledAtMs: number[] = [];
      clock.after(20, () => void calledAtMs.push(clock.now()));
      clock.after(0, () => void calledAtMs.push(clock.now()));
      expect(calledAtMs).toEqual([]);
      await pass(60);
      expect(calledAtMs).toHaveLength(2);
      expect((calledAtMs[1] ?? 0) - startMs).toBeGreaterThanOrEqual(19);
    });

    it('[CL4] does not call back what was cancelled', async () => {
      const { clock, pass } = fixture;
      let calls = 0;
      const cancel = clock.after(5, () => calls++);
      clock.after(5, () => calls++);
      cancel();
      cancel();
      await pass(30);
      cancel();
      expect(calls).toBe(1);
    });

    it('[CL5] takes delays of any length', async () => {
      const { clock, pass } = fixture;
      let calls = 0;
      const cancels = [-5, Number.MAX_SAFE_INTEGER].map((delayMs) => clock.after(delayMs, () => calls++));
      await pass(10);
      expect(calls).toBe(1);
      for (const cancel of cancels) cancel();
    });
  });
}
