import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCluster } from '@overworld/cluster-runner';
import { lastingProcesses } from './process-tree.ts';
import { tickReader } from './tick-log.ts';
import { crowdOptions, serveTrial, type TrialParameters, trialParameters, TRIAL_SETTINGS } from './trial.ts';

const REPLICAS = { gateway: 1, session: 1, shard: 1, persistence: 1, ai: 1 };

/** A games folder with the crowd in it: processes of a cluster find their worlds there. */
async function writeGame(folder: string, parameters: TrialParameters, ticks: string): Promise<string> {
  const source = (file: string): string => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)));
  const games = join(folder, 'games');
  await mkdir(join(games, 'crowd'), { recursive: true });
  const lines = [
    `import { defineCrowd } from ${source('crowd.ts')};`,
    `import { tickWriter } from ${source('tick-log.ts')};`,
    `const options = ${JSON.stringify(crowdOptions(parameters))};`,
    `export default defineCrowd({ ...options, ticked: tickWriter(${JSON.stringify(ticks)}) });`,
  ];
  await writeFile(join(games, 'crowd', 'ruleset.ts'), `${lines.join('\n')}\n`);
  return games;
}

/**
 * Every service a process of its own, on NATS, Redis and PostgreSQL. Players connect to the gateway itself: the balancer of
 * `npm run cluster` is a program for trying things out, and stands for one that is not of the system.
 */
async function serve(parameters: TrialParameters): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'overworld-bench-'));
  const ticks = join(folder, 'ticks');
  const port = String(parameters.port);
  const cluster = await startCluster({
    data: join(folder, 'cluster'),
    games: await writeGame(folder, parameters, ticks),
    // Not those in the box besides: their zones would run, too.
    worlds: ['crowd'],
    replicas: REPLICAS,
    restarts: false,
    settings: {
      gateway: { OVERWORLD_PORT: port, OVERWORLD_DRAIN_SECONDS: '0', ...TRIAL_SETTINGS },
      session: { OVERWORLD_GATEWAY_URL: `http://127.0.0.1:${port}` },
    },
  });
  serveTrial({
    pids: lastingProcesses(process.pid),
    ticks: tickReader(ticks),
    async stop() {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

await serve(trialParameters());
