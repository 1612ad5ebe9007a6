import type { ZoneRuntime } from '@overworld/ruleset';
import { CREATURE_SPEED, GLADE_EPSILON, GLADE_RADIUS, GLADE_STEP } from '@overworld/testkit';
import type { SimClient } from './sim-client.ts';

/** Seen from the radius on, lost from there on. */
const HYSTERESIS = 1.1;
/** Views search for what is in sight each fifth tick, and are told of the far each fourth. */
export const BEHIND_TICKS = 9;

interface Seen {
  readonly id: string;
  readonly row: number;
  readonly distance: number;
}

/**
 * Where what a client sees is not what it may see of this state. What has come up within the last ticks need not have been
 * found yet: `wasThere` tells whether something was there before them.
 */
export function checkSight(
  client: SimClient,
  runtime: ZoneRuntime,
  wasThere: (id: string) => boolean,
): string[] {
  const { zone } = client.game;
  if (zone === undefined) return [`${client.name} has no zone`];
  const findings: string[] = [];
  const slack = GLADE_EPSILON + 2 * GLADE_STEP + (BEHIND_TICKS / runtime.ruleset.tickHz) * 2 * CREATURE_SPEED;
  const unseen = new Set([...zone.entities].map(({ id }) => id));
  for (const { id, row, distance } of around(client, runtime)) {
    const entity = zone.find(id);
    unseen.delete(id);
    if (entity === undefined && distance < GLADE_RADIUS - slack && wasThere(id)) {
      findings.push(`${client.name} does not see ${id} at ${distance.toFixed(1)} m`);
    }
    if (entity === undefined) continue;
    if (distance > GLADE_RADIUS * HYSTERESIS + slack) {
      findings.push(`${client.name} sees ${id} at ${distance.toFixed(1)} m`);
    }
    findings.push(...differences(client, runtime, id, row, slack));
  }
  for (const id of unseen) findings.push(`${client.name} sees ${id}, which is not there`);
  return findings;
}

function around(client: SimClient, runtime: ZoneRuntime): Seen[] {
  const { state, table, columns } = runtime;
  const own = table.avatar(table.find(client.player));
  const { x, y } = columns.body as { readonly x: Float64Array; readonly y: Float64Array };
  const seen: Seen[] = [];
  for (let row = state.next(0, -1); row >= 0; row = state.next(0, row)) {
    if (table.isPlayer(row)) continue;
    const dx = (x[row] as number) - (x[own] as number);
    const dy = (y[row] as number) - (y[own] as number);
    seen.push({ id: state.stableId(row), row, distance: Math.sqrt(dx * dx + dy * dy) });
  }
  return seen;
}

function differences(
  client: SimClient,
  runtime: ZoneRuntime,
  id: string,
  row: number,
  slack: number,
): string[] {
  const { columns, table, state } = runtime;
  const entity = client.game.zone?.find(id);
  const isOwn = table.avatar(table.find(client.player)) === row;
  const findings: string[] = [];
  if (entity?.isOwn !== isOwn) findings.push(`${client.name}: ${id} is ${isOwn ? '' : 'not '}its own`);
  const purse = entity?.get('purse')?.coins;
  const coins = isOwn ? (columns.purse?.coins[row] as number) : undefined;
  if (purse !== coins) findings.push(`${client.name}: the purse of ${id} shows ${purse}, not ${coins}`);
  const [kind, shown] = [columns.look?.kind[row] as number, entity?.get('look')?.kind];
  if (kind !== shown) findings.push(`${client.name}: ${id} looks like ${shown}, not ${kind}`);
  if (entity?.get('brain') !== undefined) findings.push(`${client.name} sees what ${id} thinks`);
  const body = entity?.sample(state.tick).body;
  const dx = (body?.x as number) - (columns.body?.x[row] as number);
  const dy = (body?.y as number) - (columns.body?.y[row] as number);
  const off = Math.sqrt(dx * dx + dy * dy);
  if (!(off <= slack)) findings.push(`${client.name}: ${id} is shown ${off.toFixed(2)} m off`);
  return findings;
}
