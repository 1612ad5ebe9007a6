import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { overworldConfig, parseConfig } from '@overworld/config';
import { startOverworld } from '@overworld/overworld';
import { yieldToTicks } from '@overworld/service';
import { defineCrowd } from './crowd.ts';
import { lastingProcesses } from './process-tree.ts';
import {
  crowdOptions,
  nowMs,
  serveTrial,
  type TrialParameters,
  trialParameters,
  TRIAL_SETTINGS,
} from './trial.ts';

const ENTRY = 'crowd-1';

function configOf(folder: string, port: number) {
  const words = ['--data', folder, '--port', String(port)];
  const environment = {
    OVERWORLD_LOG_LEVEL: 'warn',
    OVERWORLD_GAMES: join(folder, 'games'),
    ...TRIAL_SETTINGS,
  };
  const outcome = parseConfig(overworldConfig, { words, environment });
  if (outcome.kind !== 'config') throw new Error(JSON.stringify(outcome));
  return outcome.config;
}

/** The embedded form as `npm start` runs it, with the crowd as its one world. */
async function serve(parameters: TrialParameters): Promise<void> {
  const beginnings: number[] = [];
  const ruleset = defineCrowd({
    ...crowdOptions(parameters),
    ticked: () => {
      beginnings.push(nowMs());
    },
  });
  const zones = [{ id: ENTRY, params: {} }];
  const world = { name: 'crowd', title: 'Crowd', ruleset: ruleset.name, entry: ENTRY, zones };
  const folder = await mkdtemp(join(tmpdir(), 'overworld-bench-'));
  const server = await startOverworld(configOf(folder, parameters.port), {
    worlds: { worlds: [world], rulesets: new Map([[ruleset.name, ruleset]]) },
  });
  serveTrial({
    pids: lastingProcesses(process.pid),
    ticks: { since: (beginMs) => beginnings.filter((atMs) => atMs >= beginMs) },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

yieldToTicks();
await serve(trialParameters());
