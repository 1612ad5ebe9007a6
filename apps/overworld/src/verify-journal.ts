import type { AnyRuleset } from '@overworld/ruleset';
import { type Simulated, simulate, type ZoneRecord } from '@overworld/zone';
import { JournalFolder, type RecordedZone } from './recorded-zone.ts';
import { runTool, toolArguments } from './tool-arguments.ts';
import { loadWorlds } from '@overworld/service';

interface Verdict {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/**
 * Replays a zone from its whole journal, holds every recorded hash against the replayed state, and holds the end of it
 * against a second replay that begins, as a recovery does, at the newest snapshot.
 */
function verify(recorded: RecordedZone, ruleset: AnyRuleset | undefined): Verdict {
  const { zone, records, base, newest } = recorded;
  if (ruleset === undefined) return failed(zone, `the ruleset ${recorded.ruleset} is not known here`);
  let compared = 0;
  let last = { tick: 0, recorded: '' };
  const onHash = (tick: number, hash: string): void => {
    compared += 1;
    last = { tick, recorded: hash };
  };
  let codeHash = base?.codeHash ?? ruleset.codeHash;
  const onRecord = (record: ZoneRecord): void => {
    if (record.kind === 'fence') codeHash = record.codeHash;
  };
  const replayed = simulate({ ruleset, zone, records, snapshot: base, onHash, onRecord });
  if ('refused' in replayed) return failed(zone, `${replayed.refused}: ${replayed.detail}`);
  const recovered = newest === undefined ? replayed : simulate({ ruleset, zone, records, snapshot: newest });
  if ('refused' in recovered) return failed(zone, `recovery: ${recovered.refused}: ${recovered.detail}`);
  const problems = problemsOf(replayed, recovered);
  const from = base === undefined ? 'its birth' : `the snapshot of tick ${base.tick}`;
  return {
    ok: problems.length === 0,
    lines: [
      `${zone}: ${records.length} records from ${from} to tick ${replayed.tick}, epoch ${replayed.epoch}`,
      `  recorded   ${compared} hashes, the last ${last.recorded || '(none)'} at tick ${last.tick}`,
      `  replayed   ${replayed.hash} at tick ${replayed.tick}`,
      `  recovered  ${recovered.hash} at tick ${recovered.tick}`,
      ...(codeHash === ruleset.codeHash
        ? []
        : [`  note       recorded by other code of the ruleset (${codeHash})`]),
      ...problems.map((problem) => `  DIFFERENT  ${problem}`),
    ],
  };
}

function problemsOf(replayed: Simulated, recovered: Simulated): string[] {
  const problems = replayed.mismatches.map(
    ({ tick, recorded, replayed: hash, parts }) =>
      `tick ${tick}: recorded ${recorded}, replayed ${hash}${parts.length > 0 ? `, in ${parts.join(', ')}` : ''}`,
  );
  for (const { sequence, detail } of replayed.violations) problems.push(`record ${sequence}: ${detail}`);
  if (recovered.tick !== replayed.tick || recovered.hash !== replayed.hash) {
    const [ours, theirs] = [replayed.runtime.hashes(), recovered.runtime.hashes()];
    const parts = Object.keys(ours).filter((part) => ours[part] !== theirs[part]);
    problems.push(`the recovered state is not the replayed one, in ${parts.join(', ') || 'its tick'}`);
  }
  return problems;
}

function failed(zone: string, detail: string): Verdict {
  return { ok: false, lines: [`${zone}: ${detail}`] };
}

async function main(): Promise<number> {
  const given = toolArguments(
    'npm run verify-journal -- [options]',
    'Replays the journals of a data folder and compares every hash in them. The server may be running.',
    [{ name: 'zone', value: 'id', help: 'only this zone (default: all)' }],
  );
  if (given === undefined) return 0;
  const { rulesets } = await loadWorlds(given.games ?? 'games');
  const folder = new JournalFolder(given.data ?? '.data');
  const zones = given.zone === undefined ? await folder.zones() : [given.zone];
  let different = 0;
  for (const zone of zones) {
    const recorded = await folder.open(zone);
    const verdict =
      recorded === undefined
        ? failed(zone, 'there is nothing that a replay can begin with')
        : verify(recorded, rulesets.get(recorded.ruleset));
    process.stdout.write(`${verdict.lines.join('\n')}\n`);
    if (!verdict.ok) different += 1;
  }
  folder.close();
  const summary = different === 0 ? 'all equal' : `${different} different`;
  process.stdout.write(`${zones.length} zones verified: ${summary}\n`);
  return different === 0 ? 0 : 1;
}

runTool(main);
