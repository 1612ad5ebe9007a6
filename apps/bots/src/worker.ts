import { Crew } from './crew.ts';
import type { BotsOptions } from './options.ts';
import { stateOf, type WorkerRequest } from './run.ts';

interface WorkerSetup {
  readonly options: BotsOptions;
  readonly first: number;
  readonly count: number;
}

const { options, first, count } = JSON.parse(process.argv[2] as string) as WorkerSetup;
const crew = new Crew(options, first, count);

async function perform(call: WorkerRequest['call']): Promise<void> {
  if (call === 'join') await crew.join();
  else if (call === 'play') crew.play();
  else if (call === 'rest') await crew.rest();
  else if (call === 'leave') await crew.leave();
}

process.on('message', async ({ id, call }: WorkerRequest) => {
  await perform(call);
  process.send?.({ id, state: stateOf(crew) });
});
process.on('disconnect', () => process.exit(0));
