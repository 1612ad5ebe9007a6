import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type ConfigOf, loadEnvironment, operatorConfig } from '@overworld/config';
import { isRefusal, sessionCalls } from '@overworld/contracts';
import { BusClient, listZones, ServiceCaller, type ZoneListing } from '@overworld/platform';
import { StartupError } from '@overworld/service';
import { openClusterPorts } from '@overworld/service/process';
import { runTool } from './tool-arguments.ts';

const USAGE = `Usage: npm run overworld -- <command>

  zones list                             the shards with their load, and which zone runs where
  zones migrate <zone> [--to <shard>]    moves a zone that runs, to the shard named or the one with the least to do

The cluster is found by OVERWORLD_NATS_URL, OVERWORLD_NATS_USER and OVERWORLD_NATS_PASSWORD (or OVERWORLD_NATS_PASSWORD_FILE).
--json prints the answer as it came.
`;

interface Command {
  readonly words: readonly string[];
  readonly to: string | undefined;
  readonly isJson: boolean;
}

function readCommand(words: readonly string[]): Command {
  const options = { to: { type: 'string' }, json: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    return { words: positionals, to: values.to, isJson: values.json === true };
  } catch (error) {
    throw new StartupError(`${(error as Error).message.split('. ')[0]}: see --help`);
  }
}

function readConfig(): ConfigOf<typeof operatorConfig> {
  const outcome = loadEnvironment(operatorConfig);
  if (outcome.kind === 'config') return outcome.config;
  throw new StartupError(outcome.kind === 'problems' ? outcome.lines.join('\n') : USAGE);
}

function describeListing({ shards, zones }: ZoneListing): string {
  const lines = shards.map(({ id, zones: count, players, load, draining, alive }) => {
    const work = load >= 0 ? `${(load * 100).toFixed(0)} %` : 'unknown';
    const state = alive ? (draining ? ', draining' : '') : ', gone';
    return `${id.padEnd(24)} ${count} zones, ${players} players, load ${work}${state}`;
  });
  const placed = [...zones]
    .sort((a, b) => (a.zone < b.zone ? -1 : 1))
    .map(({ zone, shard, epoch }) => `${zone.padEnd(24)} on ${shard}, epoch ${epoch}`);
  return [...lines, '', ...placed, ''].join('\n');
}

async function run(command: Command, services: ServiceCaller): Promise<string> {
  const [topic, verb, zone] = command.words;
  if (topic === 'zones' && verb === 'list') {
    const answer = accepted(await listZones(services));
    return command.isJson ? `${JSON.stringify(answer)}\n` : describeListing(answer);
  }
  if (topic === 'zones' && verb === 'migrate' && zone !== undefined) {
    const request = command.to === undefined ? { zone } : { zone, to: command.to };
    const answer = accepted(await services.call(sessionCalls.moveZone, request));
    if (command.isJson) return `${JSON.stringify(answer)}\n`;
    return `${answer.zone} moved from ${answer.from} to ${answer.to}, epoch ${answer.epoch}\n`;
  }
  throw new StartupError(USAGE);
}

function accepted<Answer extends object>(answer: Answer): Exclude<Answer, { refused: string }> {
  if (isRefusal(answer)) throw new StartupError(`${answer.refused}: ${answer.detail}`);
  return answer as Exclude<Answer, { refused: string }>;
}

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  if (words.length === 0 || words.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = readCommand(words);
  const ports = await openClusterPorts(readConfig().nats, `operator-${randomBytes(4).toString('hex')}`);
  try {
    process.stdout.write(await run(command, new ServiceCaller(new BusClient(ports.bus))));
    return 0;
  } finally {
    await ports.close();
  }
}

runTool(main);
