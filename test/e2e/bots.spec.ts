import { type BotsOptions, DEFAULT_THRESHOLDS, runBots } from '@overworld/bots';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestServer } from './server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.create();
});

afterAll(async () => {
  await server?.dispose();
});

function options(changes: Partial<BotsOptions>): BotsOptions {
  return {
    url: server.url,
    players: 12,
    seconds: 4,
    world: 'forest',
    lobby: undefined,
    rate: 10,
    sample: 0.25,
    gate: 0.25,
    prefix: 'spec-',
    workers: 1,
    json: false,
    // The machine that tests may be busy with other things: here it counts that nothing is lost.
    thresholds: { ...DEFAULT_THRESHOLDS, p95Ms: 5_000, p99Ms: 5_000, latenessP99Ms: 5_000, overruns: 1 },
    ...changes,
  };
}

it('bots play in the forest: all join, no input is lost, none is told of a fault', async () => {
  const report = await runBots(options({}));
  expect(report.failures).toEqual([]);
  expect(report).toMatchObject({ joined: 12, reconnects: 0, closed: 0, badFrames: 0, passed: true });
  expect(report.inputs.sent).toBeGreaterThan(200);
  expect(report.inputs).toMatchObject({ acknowledged: report.inputs.sent, refused: 0, lost: 0 });
  expect(report.latencyMs.p50).toBeGreaterThan(0);
  expect(report.server?.ticks).toBeGreaterThan(20);
});

it('bots of two processes play in a lobby', async () => {
  const report = await runBots(options({ lobby: 'TEST', players: 6, workers: 2, seconds: 2 }));
  expect(report.failures).toEqual([]);
  expect(report).toMatchObject({ joined: 6, passed: true });
});

it('says what is wrong when the place does not exist', async () => {
  const report = await runBots(options({ world: 'atlantis', players: 2, seconds: 1 }));
  expect(report.passed).toBe(false);
  expect(report.failures.join('\n')).toContain('2 bots could not join');
  expect(report.failures.join('\n')).toContain('unknown-world');
});
