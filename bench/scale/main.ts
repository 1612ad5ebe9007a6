import { readResults, writeResults } from '../results.ts';
import { measureClientState } from './client-state.ts';
import { fitModel, tableOfModel } from './cost-model.ts';
import { type CrowdRow, measureCrowd } from './crowd.ts';
import { measureEntities } from './entities.ts';
import { measureFrames } from './frames.ts';
import { measureIdle } from './idle.ts';
import { measureMessages } from './messages.ts';
import { readOptions, type ScaleOptions, type Section, USAGE } from './options.ts';
import { tablesOf } from './report.ts';
import type { ScaleResults } from './scale-results.ts';
import { measureSpectators } from './spectators.ts';

function optionsOrExit(words: readonly string[]): ScaleOptions {
  try {
    const options = readOptions(words);
    if (options !== 'help') return options;
  } catch (error) {
    process.stderr.write(`overworld: ${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
  process.stdout.write(USAGE);
  process.exit(0);
}

/** Repetitions outermost: what the machine does meanwhile falls on all trials alike. */
async function measureCrowds({ crowd, repetitions, times }: ScaleOptions): Promise<CrowdRow[]> {
  const rows: CrowdRow[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const setting of crowd) {
      const { form, zones, playersPerZone, npcsPerZone } = setting;
      process.stdout.write(
        `  ${form}: ${zones} zones of ${playersPerZone} players and ${npcsPerZone} others\n`,
      );
      rows.push(await measureCrowd(setting, repetition, times));
    }
  }
  return rows;
}

const failed: string[] = [];

/** `now` is what this run has measured so far. */
type Measure = (options: ScaleOptions, now: ScaleResults) => Promise<Partial<ScaleResults>>;

const MEASURE: { readonly [section in Section]: Measure } = {
  crowd: async (options) => {
    const crowd = await measureCrowds(options);
    return { crowd, model: fitModel(crowd) };
  },
  messages: async ({ messages }) => ({ messages: await measureMessages(messages) }),
  idle: async ({ idle }) => ({ idle: await measureIdle(idle) }),
  spectators: async ({ spectators }) => ({ spectators: await measureSpectators(spectators) }),
  entities: async ({ entities }) => ({ entities: await measureEntities(entities) }),
  frames: async ({ frames }, { crowd = [] }) => ({ frames: await measureFrames(frames, crowd) }),
  clients: async ({ clients }) => ({ clients: await measureClientState(clients) }),
};

/** Of the messages: some are on their way when they are counted. */
const HEARD = 0.9;

/** What shows that something was not measured, whatever its figures are. */
function faultsOf({ crowd = [], messages = [], idle, spectators = [] }: ScaleResults): string[] {
  const crowds = crowd.flatMap(({ setting, closed, framesPerClientSecond, batchesPerSecond }) => {
    const where = `${setting.form} with ${setting.zones} zones of ${setting.playersPerZone} players`;
    return [
      closed > 0 ? `${where}: ${closed} connections ended` : '',
      framesPerClientSecond < 1 ? `${where}: less than one frame a second` : '',
      setting.inputTurns > 0 && batchesPerSecond === 0 ? `${where}: no message with inputs was counted` : '',
    ];
  });
  const unseen = spectators.some(({ viewsBuilt }) => viewsBuilt === 0);
  return [
    ...crowds,
    unseen ? 'no view was built for spectators' : '',
    messages.some((row) => row.deliveredPerSecond < row.publishedPerSecond * row.receivers * HEARD)
      ? 'messages did not arrive'
      : '',
    idle !== undefined && idle.coldJoinMs.length === 0 ? 'nobody joined a zone that slept' : '',
  ].filter((fault) => fault !== '');
}

/** A section that fails takes nothing from the others: the whole is an hour. */
async function measured(
  section: Section,
  options: ScaleOptions,
  now: ScaleResults,
): Promise<Partial<ScaleResults>> {
  try {
    return await MEASURE[section](options, now);
  } catch (error) {
    failed.push(`${section} was not measured: ${error instanceof Error ? error.message : error}`);
    return {};
  }
}

async function main(): Promise<void> {
  const options = optionsOrExit(process.argv.slice(2));
  const { isSmoke } = options;
  const found: ScaleResults = { ...(isSmoke ? {} : readResults<ScaleResults>('scale', false)) };
  const now: ScaleResults = {};
  for (const section of options.sections) {
    process.stdout.write(`\n== ${section}\n`);
    Object.assign(now, await measured(section, options, now));
    Object.assign(found, now);
    // After each, because the whole takes long and the last one may fail.
    writeResults('scale', found, isSmoke);
  }
  process.stdout.write(`\n${tablesOf(found)}\n`);
  if (found.model !== undefined) process.stdout.write(`\n${tableOfModel(found.model)}\n`);
  const faults = [...failed, ...faultsOf(found)];
  for (const fault of faults) process.stderr.write(`overworld: ${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

await main();
