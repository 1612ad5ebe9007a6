import { FakeClock, FakeJournal, type JournalFault } from '@overworld/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { Commit } from './commit.ts';
import type { Observed } from './observation.ts';

let clock: FakeClock;
let journal: FakeJournal;
let acknowledged: number;
let foreign: number[];
let observed: Observed[];

function make(sequence = 0): Commit {
  return new Commit({
    zone: 'a',
    journal,
    clock,
    sequence,
    tick: 0,
    answerTimeoutMs: 500,
    observe: (each) => observed.push(each),
    acknowledged: () => {
      acknowledged += 1;
    },
    foreign: (record) => foreign.push(record.sequence),
  });
}

async function poll(commit: Commit, durationMs: number): Promise<void> {
  for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs += 10) {
    await clock.advance(10);
    commit.poll(clock.now());
  }
  await clock.advance(0);
}

beforeEach(() => {
  clock = new FakeClock();
  journal = new FakeJournal({ clock, latencyMs: 1, lateMs: 300 });
  acknowledged = 0;
  foreign = [];
  observed = [];
});

describe('an append', () => {
  it('is acknowledged once, with its sequence and tick', async () => {
    const commit = make();
    commit.begin(new Uint8Array([1]), 7);
    expect(commit.isIdle).toBe(false);
    await poll(commit, 10);
    expect([acknowledged, commit.isIdle, commit.sequence, commit.tick]).toEqual([1, true, 1, 7]);
  });

  const faults: JournalFault[] = ['lost-ack', 'lost', 'late', 'reject'];
  for (const fault of faults) {
    it(`that suffers '${fault}' is in the journal exactly once`, async () => {
      const commit = make();
      journal.fail(fault, 3);
      commit.begin(new Uint8Array([1]), 7);
      await poll(commit, 3_000);
      expect(acknowledged).toBe(1);
      expect(foreign).toEqual([]);
      expect(journal.records('a').map((record) => [...record.bytes])).toEqual([[1]]);
      commit.begin(new Uint8Array([2]), 8);
      await poll(commit, 1_000);
      expect(journal.records('a').map((record) => [...record.bytes])).toEqual([[1], [2]]);
    });
  }

  it('that is not answered is asked for, and is acknowledged once even if the answer comes after all', async () => {
    const commit = make();
    journal.fail('stall');
    commit.begin(new Uint8Array([1]), 7);
    await poll(commit, 2_000);
    expect(acknowledged).toBe(1);
    journal.release();
    await poll(commit, 100);
    expect([acknowledged, foreign]).toEqual([1, []]);
    expect(journal.records('a')).toHaveLength(1);
  });

  it('goes on when an unreachable journal comes back', async () => {
    const commit = make();
    journal.reachable = false;
    commit.begin(new Uint8Array([1]), 7);
    await poll(commit, 5_000);
    expect(acknowledged).toBe(0);
    expect(observed.filter((each) => each.kind === 'append-retry').length).toBeLessThan(20);
    journal.reachable = true;
    await poll(commit, 1_500);
    expect(acknowledged).toBe(1);
  });

  it('behind another owner’s record stops for good', async () => {
    const commit = make();
    await journal.port({ latencyMs: 0 }).append('a', 0, new Uint8Array([9]));
    commit.begin(new Uint8Array([1]), 7);
    await poll(commit, 1_000);
    expect([acknowledged, foreign]).toEqual([0, [1]]);
    expect(journal.records('a')).toHaveLength(1);
  });

  it('whose outcome is unknown while another owner took over stops for good', async () => {
    const commit = make();
    journal.fail('lost');
    commit.begin(new Uint8Array([1]), 7);
    await journal.port({ latencyMs: 0 }).append('a', 0, new Uint8Array([9]));
    await poll(commit, 1_000);
    expect([acknowledged, foreign]).toEqual([0, [1]]);
  });
});
