import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ZoneFaults } from '@overworld/zone';
import { Campaign, type CampaignReport } from './campaign.ts';
import { FAULT_CLASSES } from './fault-classes.ts';
import { table } from './report.ts';

const MUTATIONS: Readonly<Record<string, ZoneFaults>> = {
  none: {},
  'no-fence': { noFence: true },
  'no-applied-set': { noAppliedSet: true },
  'no-output-commit': { noOutputCommit: true },
  'no-entity-epoch': { noEntityEpoch: true },
};

const HELP = `Breaks a real cluster in every way while bots play, and checks that nothing is lost.

  npm run chaos -- [options]

  --minutes <n>    how long faults are done (default: 10)
  --seed <text>    which faults, in which order, how long (default: 1)
  --bots <n>       players (default: 30)
  --rate <n>       inputs of each of them a second (default: 10)
  --nats <1|3>     NATS servers; three have a leader that can be killed (default: 1)
  --faults <n>     at most so many faults
  --passages <n>   the first fault waits for so many passages of the gate, three minutes at most (default: 0)
  --only <words>   only faults whose names hold one of these words, between commas
  --no-proxies     without proxies between services and servers: no black holes and delays, but clean latencies
  --mutation <m>   switches a guarantee off, to see the checker go red: ${Object.keys(MUTATIONS).slice(1).join(', ')}
  --keep           leaves journals and histories behind and prints where they are
  --json           the report as JSON
  --list           the classes of faults

Exit code 1 when an invariant does not hold; the findings name the invariant of the design.`;

interface Options {
  readonly minutes: number;
  readonly bots: number;
  readonly rate: number;
  readonly faults: number;
  readonly passages: number;
  readonly nats: 1 | 3;
  readonly mutation: ZoneFaults;
  readonly only: readonly string[];
}

function read(values: Readonly<Record<string, string | boolean | undefined>>): Options | string {
  const number = (name: string, low: number, high: number): number | string => {
    const value = Number(values[name]);
    return value >= low && value <= high
      ? value
      : `--${name} is "${values[name]}": it must be from ${low} to ${high}`;
  };
  const numbers = {
    minutes: number('minutes', 0.05, 24 * 60),
    bots: number('bots', 1, 500),
    rate: number('rate', 1, 30),
    faults: number('faults', 1, 1_000_000),
    passages: number('passages', 0, 1_000),
  };
  for (const value of Object.values(numbers)) if (typeof value === 'string') return value;
  if (values.nats !== '1' && values.nats !== '3') return `--nats is "${values.nats}": it must be 1 or 3`;
  const mutation = MUTATIONS[values.mutation as string];
  if (mutation === undefined)
    return `--mutation is "${values.mutation}": there are ${Object.keys(MUTATIONS).join(', ')}`;
  const only = String(values.only ?? '')
    .split(',')
    .filter((word) => word !== '');
  if (only.some((word) => !FAULT_CLASSES.some(({ name }) => name.includes(word))))
    return '--only names no fault: see --list';
  return {
    ...(numbers as Record<keyof typeof numbers, number>),
    nats: values.nats === '1' ? 1 : 3,
    mutation,
    only,
  };
}

function show(report: CampaignReport, say: (line: string) => void): void {
  say('');
  for (const line of table(report.lines)) say(line);
  say('');
  say(
    Object.entries(report.counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  );
  for (const { invariant, detail } of report.findings) say(`VIOLATION of invariant ${invariant}: ${detail}`);
  say(
    report.findings.length === 0
      ? `PASS (seed ${report.seed})`
      : `FAIL: ${report.findings.length} findings, seed ${report.seed}`,
  );
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      bots: { type: 'string', default: '30' },
      rate: { type: 'string', default: '10' },
      nats: { type: 'string', default: '1' },
      faults: { type: 'string', default: '1000000' },
      passages: { type: 'string', default: '0' },
      only: { type: 'string' },
      'no-proxies': { type: 'boolean', default: false },
      mutation: { type: 'string', default: 'none' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.list) {
    console.log(
      values.help
        ? HELP
        : FAULT_CLASSES.map(({ name, needs }) => `${name}${needs ? ` (${needs})` : ''}`).join('\n'),
    );
    return 0;
  }
  const options = read(values);
  if (typeof options === 'string') {
    console.error(`${options}. See --help.`);
    return 1;
  }
  const folder = await mkdtemp(join(tmpdir(), 'overworld-chaos-'));
  const startedMs = performance.now();
  const say = (line: string): void => {
    if (!values.json)
      console.log(
        line === '' ? '' : `${((performance.now() - startedMs) / 1000).toFixed(1).padStart(7)}  ${line}`,
      );
  };
  try {
    const { minutes, bots, rate, nats, mutation, only } = options;
    const campaign = new Campaign({
      ...{ folder, minutes, bots, rate, nats, say },
      seed: values.seed,
      hasProxies: !values['no-proxies'],
      wanted: (name) => only.length === 0 || only.some((word) => name.includes(word)),
      mostFaults: options.faults,
      passagesFirst: options.passages,
      faults: mutation,
    });
    const report = await campaign.run();
    if (values.json) console.log(JSON.stringify(report, undefined, 2));
    else show(report, (line) => console.log(line));
    return report.findings.length === 0 ? 0 : 1;
  } finally {
    if (values.keep) console.error(`journals and histories: ${folder}`);
    else await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
