import { parseWireSchema, type WireSchema, type ZoneInfo } from '@overworld/protocol';
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

/**
 * Checks a zone's description, which came from outside. What it leaves out is as in `last`, the one before, when both are
 * of the same zone of one connection.
 */
export function zoneInfoOf(value: unknown, last?: ZoneInfo): ZoneInfo | OverworldError {
  if (typeof value !== 'object' || value === null) return unknown('the zone does not describe itself');
  const { index, epoch, tick, sequence, params, schema: json } = value as { [key: string]: unknown };
  const [zone, player] = [textField(value, 'zone'), textField(value, 'player')];
  if (zone === undefined || player === undefined || !isCount(index) || !isCount(epoch) || !isCount(tick)) {
    return unknown('the zone describes itself in a way that this client does not know');
  }
  const same = last?.zone === zone && last.index === index ? last : undefined;
  const schema = json === undefined && same !== undefined ? same.schema : schemaOf(json, last?.schema);
  if (schema instanceof OverworldError) return schema;
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
    params: (params === undefined ? same?.params : params) ?? null,
    schema,
    resume: textField(value, 'resume') ?? '',
  };
}

/** One that equals the last one, which was checked, is not checked again. */
function schemaOf(json: unknown, last: WireSchema | undefined): WireSchema | OverworldError {
  if (last !== undefined && textField(json, 'hash') === last.hash) return last;
  const parsed = parseWireSchema(json);
  return parsed.ok ? parsed.schema : new OverworldError(parsed.reason, parsed.detail);
}
