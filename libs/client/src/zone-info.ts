import { parseWireSchema, type ZoneInfo } from '@overworld/protocol';
import { OverworldError, textField } from './refusal.ts';

export type { ZoneInfo } from '@overworld/protocol';

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function unknown(detail: string): OverworldError {
  return new OverworldError(
    'protocol-mismatch',
    detail,
    'Update the client; in a browser, load the page again.',
  );
}

/** Checks a zone's description, which came from outside. */
export function zoneInfoOf(value: unknown): ZoneInfo | OverworldError {
  if (typeof value !== 'object' || value === null) return unknown('the zone does not describe itself');
  const { index, epoch, tick, sequence, schema: json, params } = value as { [key: string]: unknown };
  const [zone, player] = [textField(value, 'zone'), textField(value, 'player')];
  if (zone === undefined || player === undefined || !isCount(index) || !isCount(epoch) || !isCount(tick)) {
    return unknown('the zone describes itself in a way that this client does not know');
  }
  const parsed = parseWireSchema(json);
  if (!parsed.ok) return new OverworldError(parsed.reason, parsed.detail);
  const { schema } = parsed;
  return {
    index,
    zone,
    world: textField(value, 'world') ?? zone,
    ruleset: textField(value, 'ruleset') ?? schema.ruleset,
    epoch,
    tick,
    tickHz: schema.tickHz,
    player,
    you: textField(value, 'you') ?? null,
    sequence: isCount(sequence) ? sequence : 0,
    params: params ?? null,
    schema,
    resume: textField(value, 'resume') ?? '',
  };
}
