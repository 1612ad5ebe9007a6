import { FakeClock } from '@overworld/testkit';
import { expect, it } from 'vitest';
import { FailedOpenings } from './failed-openings.ts';

const WHY = { refused: 'zone-failed', detail: 'bad-journal: it is empty' };

it('[FO1] a failed opening is answered from memory for 1 s, then for twice as long each time, at most 30 s', async () => {
  const clock = new FakeClock();
  const failures = new FailedOpenings(clock);
  for (const pauseMs of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    failures.failed('hills-1', WHY);
    await clock.advance(pauseMs - 1);
    expect(failures.pausing('hills-1')).toEqual(WHY);
    await clock.advance(1);
    expect(failures.pausing('hills-1')).toBeUndefined();
    expect(failures.known('hills-1')).toEqual(WHY);
  }
  failures.opened('hills-1');
  expect(failures.known('hills-1')).toBeUndefined();
  failures.failed('hills-1', WHY);
  await clock.advance(1000);
  expect(failures.pausing('hills-1')).toBeUndefined();
});

it('[FO2] the memory has an end: the failure that is longest ago is forgotten first', () => {
  const failures = new FailedOpenings(new FakeClock());
  for (let index = 0; index < 1_001; index++) failures.failed(`lobby-${index}`, WHY);
  failures.failed('lobby-1', WHY);
  failures.failed('lobby-new', WHY);
  expect(failures.known('lobby-0')).toBeUndefined();
  expect(failures.known('lobby-1')).toEqual(WHY);
  expect(failures.known('lobby-2')).toBeUndefined();
  expect(failures.known('lobby-new')).toEqual(WHY);
});
