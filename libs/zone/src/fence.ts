import { type JournalRecord, pause } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import { sameBytes } from './commit.ts';
import { markTicksOf } from './options.ts';
import { Unreachable } from './reach.ts';
import { decodeRecord, encodeRecord, type FenceRecord, type ZoneRecord } from './record.ts';
import { Refused, type Source, type TakeoverParts } from './source.ts';
import { defaultIdKey } from './spec.ts';

/** How often a fence is tried when other records come first. */
export const FENCE_ATTEMPTS = 16;
const RETRY_MS = 50;
const MAX_GAP_TICKS = 0x7fff_ffff;

export interface Fence {
  readonly bytes: Uint8Array;
  readonly sequence: number;
}

/** Appends the fence of the next epoch behind `last`; undefined when another record came first. */
export async function fenceBehind(
  parts: TakeoverParts,
  source: Source,
  last: JournalRecord | undefined,
): Promise<Fence | undefined> {
  const bytes = encodeRecord(composeFence(parts, last));
  const sequence = await append(parts, source, last?.sequence ?? 0, bytes);
  return sequence === undefined ? undefined : { bytes, sequence };
}

/** The sequence of the fence, or undefined when another record came first. */
async function append(
  { ports, spec }: TakeoverParts,
  source: Source,
  expectedSequence: number,
  bytes: Uint8Array,
): Promise<number | undefined> {
  for (;;) {
    const outcome = await source
      .reach(() => ports.journal.append(spec.id, expectedSequence, bytes))
      .catch(() => ({ kind: 'unknown' }) as const);
    if (outcome.kind === 'appended') return outcome.sequence;
    const [found] = await source.read(expectedSequence, 1);
    if (found !== undefined) return sameBytes(found.bytes, bytes) ? found.sequence : undefined;
    if (outcome.kind === 'conflict') return undefined;
    if (ports.clock.now() >= source.deadlineMs) throw new Unreachable('the fence was not acknowledged');
    await pause(ports.clock, RETRY_MS);
  }
}

function composeFence(
  { spec, ruleset, options, ports }: TakeoverParts,
  last: JournalRecord | undefined,
): FenceRecord {
  const common = { kind: 'fence', owner: options.owner, codeHash: ruleset.codeHash } as const;
  const wallMs = Math.max(0, Math.floor(ports.clock.wall()));
  if (last === undefined) {
    const birth = { spec, idKey: options.idKey ?? defaultIdKey(spec) };
    return { ...common, epoch: 1, tick: 0, wallMs, previous: 0, fromTick: 0, stepTicks: 0, birth };
  }
  const record = decodeRecord(last.bytes);
  if (record === undefined) throw new Refused('bad-journal', `record ${last.sequence} cannot be read`);
  const { stepTicks, tick } = planGap(record, wallMs, ruleset);
  const previous = last.sequence;
  return { ...common, epoch: record.epoch + 1, tick, wallMs, previous, fromTick: record.tick, stepTicks };
}

/** How far a new owner steps, and the tick at which it goes on. */
function planGap(
  last: ZoneRecord,
  wallMs: number,
  ruleset: AnyRuleset,
): { readonly stepTicks: number; readonly tick: number } {
  const shown = last.kind === 'close' ? 0 : markTicksOf(ruleset.tickHz);
  const { gap } = ruleset.definition;
  if (gap.policy === 'hold') return { stepTicks: shown, tick: last.tick + shown };
  const gapMs = Math.max(0, wallMs - last.wallMs);
  const missed = Math.min(MAX_GAP_TICKS - last.tick, Math.floor((gapMs * ruleset.tickHz) / 1000));
  const stepTicks = Math.max(shown, Math.min(missed, gap.maxTicks));
  return { stepTicks, tick: last.tick + Math.max(stepTicks, missed) };
}
