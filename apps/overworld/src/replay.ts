import { type Simulated, simulate } from '@overworld/zone';
import { JournalFolder, type RecordedZone } from './recorded-zone.ts';
import { loadWorlds, StartupError, type WorldSet } from '@overworld/service';
import { runTool, toolArguments } from './tool-arguments.ts';

function printHash(tick: number, recorded: string, replayed: string): void {
  const verdict = recorded === replayed ? 'equal' : 'DIFFERENT';
  process.stdout.write(
    `tick ${String(tick).padStart(9)}  recorded ${recorded}  replayed ${replayed}  ${verdict}\n`,
  );
}

function run(recorded: RecordedZone, { rulesets }: WorldSet, until: number | undefined): Simulated {
  const { zone, records, base } = recorded;
  const ruleset = rulesets.get(recorded.ruleset);
  if (ruleset === undefined) throw new StartupError(`the ruleset ${recorded.ruleset} is not known here`);
  if (base !== undefined && until !== undefined && until < base.tick) {
    throw new StartupError(
      `the journal of ${zone} goes back to tick ${base.tick}: choose a later one with --to`,
    );
  }
  const result = simulate({ ruleset, zone, records, snapshot: base, until, onHash: printHash });
  if ('refused' in result) throw new StartupError(`${zone}: ${result.refused}: ${result.detail}`);
  return result;
}

function readTick(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const tick = Number(text);
  if (Number.isSafeInteger(tick) && tick >= 0) return tick;
  throw new StartupError(`--to is "${text}": it must be a tick, a whole number from 0`);
}

async function main(): Promise<number> {
  const given = toolArguments(
    'npm run replay -- --zone <id> [options]',
    'Replays one zone from its journal and prints hash by hash. The server may be running.',
    [
      { name: 'zone', value: 'id', help: 'the zone, such as forest-1' },
      { name: 'to', value: 'tick', help: 'the last tick to execute (default: that of the last record)' },
    ],
  );
  if (given === undefined) return 0;
  if (given.zone === undefined) throw new StartupError('name the zone with --zone: see --help');
  const until = readTick(given.to);
  const worlds = await loadWorlds(given.games ?? 'games');
  const folder = new JournalFolder(given.data ?? '.data');
  const recorded = await folder.open(given.zone);
  if (recorded === undefined) {
    const known = (await folder.zones()).join(', ');
    throw new StartupError(`there is no journal of the zone ${given.zone}: there are ${known || 'none'}`);
  }
  const result = run(recorded, worlds, until);
  folder.close();
  for (const [part, hash] of Object.entries(result.runtime.hashes())) {
    process.stdout.write(`  ${part.padEnd(28)} ${hash}\n`);
  }
  process.stdout.write(`${given.zone} at tick ${result.tick}: ${result.hash}\n`);
  for (const { tick, parts } of result.mismatches) {
    process.stdout.write(
      `DIFFERENT at tick ${tick}, in ${parts.join(', ') || 'parts that are not recorded'}\n`,
    );
  }
  return result.mismatches.length === 0 ? 0 : 1;
}

runTool(main);
