import { createMetrics, HealthRegistry } from '@overworld/telemetry';
import { expect, it } from 'vitest';
import { HubMetrics } from './hub-metrics.ts';

function setup() {
  const time = { nowMs: 0 };
  const health = new HealthRegistry({ now: () => time.nowMs });
  return { time, health, observer: new HubMetrics(createMetrics(), health) };
}

it('[HM1] a gateway whose players see nothing move is not live', () => {
  const { time, health, observer } = setup();
  observer.streaming(2, true, true);
  time.nowMs = 6_000;
  observer.streaming(2, false, true);
  expect(health.live().ok).toBe(false);
  observer.streaming(2, true, true);
  expect(health.live().ok).toBe(true);
});

it('[HM2] one that has lost the bus is: to start it again would only cost its players their connections', () => {
  const { time, health, observer } = setup();
  observer.streaming(2, true, true);
  observer.streaming(2, false, false);
  time.nowMs = 60_000;
  expect(health.live().ok).toBe(true);
  observer.streaming(2, true, true);
  time.nowMs = 66_000;
  observer.streaming(2, false, true);
  expect(health.live().ok).toBe(false);
});
