import type { Operation } from '@overworld/ruleset';
import { decodeRecord } from '@overworld/zone';
import type { SimWorld } from './sim-world.ts';

/** The journals as they stand at the end, without what players did in between: for who reads the log of a seed. */
export function journalLines({ cluster, journal }: SimWorld): string[] {
  const lines: string[] = [];
  for (const zone of cluster.zones) {
    for (const { bytes, sequence } of journal.history(zone)) {
      const record = decodeRecord(bytes);
      if (record === undefined) continue;
      const head = `${zone} #${sequence} epoch ${record.epoch} tick ${record.tick} ${record.kind}`;
      if (record.kind !== 'tick') lines.push(`${head} ${'owner' in record ? record.owner : ''}`);
      else
        for (const each of record.operations)
          if (each.kind !== 'input') lines.push(`${head} ${operationText(each)}`);
    }
  }
  return lines;
}

function operationText(operation: Operation): string {
  const short = (key: string, value: unknown): unknown =>
    value instanceof Uint8Array ? `${value.length} bytes ${playerIn(key, value)}` : value;
  return JSON.stringify(operation, short);
}

/** A crossing begins with its player's id. */
function playerIn(key: string, bytes: Uint8Array): string {
  return key === 'bytes' ? String.fromCharCode(...bytes.subarray(1, 17)) : '';
}
