import { describe, expect, it } from 'vitest';
import { HealthRegistry } from './health.ts';

function setup() {
  const time = { nowMs: 0 };
  const health = new HealthRegistry({ now: () => time.nowMs });
  return { time, health, zones: health.component('zones', 1_000), views: health.component('views', 500) };
}

describe('health', () => {
  it('[HE1] a process without work is live and ready', () => {
    const { time, health } = setup();
    time.nowMs = 1e9;
    expect(health.live().ok).toBe(true);
    expect(health.ready().ok).toBe(true);
  });

  it('[HE2] a component that misses its deadline makes the process not live, and says for how long', () => {
    const { time, health, zones, views } = setup();
    zones.beat();
    views.beat();
    time.nowMs = 501;
    expect(health.live()).toEqual({
      ok: false,
      components: [
        { name: 'zones', isLive: true, isReady: true, detail: '' },
        { name: 'views', isLive: false, isReady: true, detail: 'silent for 501 ms, the deadline is 500 ms' },
      ],
    });
    expect(health.ready().ok).toBe(false);
    views.beat();
    expect(health.live().ok).toBe(true);
  });

  it('[HE3] one that rests or ended may be silent', () => {
    const { time, health, zones, views } = setup();
    zones.beat();
    views.beat();
    zones.rest();
    views.end();
    time.nowMs = 10_000;
    expect(health.live()).toMatchObject({ ok: true, components: [{ name: 'zones' }] });
  });

  it('[HE4] not ready is not dead, and ends', () => {
    const { health, zones } = setup();
    zones.unready('the journal is out of reach');
    expect(health.live().ok).toBe(true);
    expect(health.ready().ok).toBe(false);
    expect(health.ready().components[0]?.detail).toBe('the journal is out of reach');
    zones.unready(undefined);
    expect(health.ready().ok).toBe(true);
    health.drain();
    expect(health.ready().ok).toBe(false);
    expect(health.live().ok).toBe(true);
  });
});
