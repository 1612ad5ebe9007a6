import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ZoneFaults } from '@overworld/zone';
import { describe, expect, it } from 'vitest';
import { Campaign, type CampaignOptions, type CampaignReport } from './campaign.ts';

/** What is said is kept for the message of a failure. */
async function campaign(
  options: Partial<CampaignOptions>,
): Promise<CampaignReport & { readonly log: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'overworld-chaos-'));
  const log: string[] = [];
  try {
    const report = await new Campaign({
      folder,
      seed: '1',
      minutes: 5,
      bots: 10,
      rate: 10,
      nats: 1,
      hasProxies: true,
      replicas: { ai: 0 },
      quietMs: 1_000,
      wanted: () => true,
      faults: {},
      say: (line) => log.push(line),
      ...options,
    }).run();
    return { ...report, log: log.join('\n') };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

describe('a cluster that is broken while bots play', () => {
  it('[CH1] loses nothing that anybody was told', async () => {
    const chosen = [
      'shard killed',
      'zone moved',
      'NATS restarted',
      'gateway killed',
      'blackhole: shard–nats',
    ];
    const { findings, counts, lines, log } = await campaign({
      wanted: (name) => chosen.includes(name),
      mostFaults: chosen.length,
      passagesFirst: 1,
    });
    expect(findings, log).toEqual([]);
    expect(lines.filter(({ fault }) => chosen.includes(fault))).toHaveLength(chosen.length);
    expect(counts.crossings, log).toBeGreaterThan(0);
    expect(counts.coins, log).toBeGreaterThan(0);
    expect(counts.linesLost, log).toBe(0);
  });
});

// Two clusters at a time (`maxConcurrency` of the project): most of it is waiting for bots to walk.
describe('[mutation] the checker goes red', () => {
  const seen = async (
    faults: ZoneFaults,
    wanted: readonly string[],
    passagesFirst: number,
    ...invariants: number[]
  ) => {
    const { findings, log } = await campaign({
      faults,
      passagesFirst,
      bots: 12,
      replicas: { ai: 0, session: 1, gateway: 1, shard: 2 },
      wanted: (name) => wanted.includes(name),
      mostFaults: 2,
    });
    const red = findings.filter(({ invariant }) => invariants.includes(invariant));
    expect(red.length, `${log}\n${JSON.stringify(findings, undefined, 1)}`).toBeGreaterThan(0);
  };

  it.concurrent('[1] without a fence', () => seen({ noFence: true }, ['shard frozen'], 0, 1, 2));
  it.concurrent('[8] without output commit', () => seen({ noOutputCommit: true }, ['zone moved'], 0, 8));
  it.concurrent('[5] [6] without the set of applied handoffs', () =>
    seen({ noAppliedSet: true }, ['slow: shard–nats'], 10, 4, 5, 6));
  it.concurrent('[7] when entity epochs are ignored', () =>
    seen({ noEntityEpoch: true }, ['blackhole: persistence–postgres'], 10, 5, 6, 7));
});
