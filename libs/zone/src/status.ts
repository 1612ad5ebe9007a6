import type { ZoneRuntime } from '@overworld/ruleset';
import type { ZoneState } from './life.ts';

/** What a shard, an operator or a test may ask a running zone. */
export interface ZoneStatus {
  readonly zone: string;
  readonly world: string;
  readonly ruleset: string;
  readonly state: ZoneState;
  readonly epoch: number;
  readonly tick: number;
  readonly players: number;
  /** Ticks since the last one at which a player was in the zone; 0 while there is one. */
  readonly emptyForTicks: number;
  /** No player, no effect and no handoff is left: the zone can hibernate without anybody waiting for it. */
  readonly isQuiet: boolean;
  readonly gateways: number;
  readonly mailboxDepth: number;
  readonly supersededInputs: number;
  readonly pendingEffects: number;
  readonly pendingHandoffs: number;
  /** The share of a tick's time that the zone takes, smoothed: its budget is 1. */
  readonly load: number;
  readonly overruns: number;
  /** Ticks that were given up because the zone or its process could not keep up. */
  readonly dilatedTicks: number;
}

/** How long the last ticks took. */
export interface TickTimes {
  readonly tickMsP50: number;
  readonly tickMsP99: number;
}

/** Where a player stands in a zone, as the newest state has it. */
export interface PlayerStanding {
  readonly seat: 'none' | 'connected' | 'dropped' | 'leaving';
  /** The zone that a handoff takes the player to; empty unless `leaving`. */
  readonly toZone: string;
  /** Effects of this player that are not settled. */
  readonly pendingEffects: number;
  readonly players: number;
}

export function standingIn(runtime: ZoneRuntime, player: string): PlayerStanding {
  const { table } = runtime;
  const row = table.find(player);
  const leaving = runtime.pendingHandoffs().find((handoff) => handoff.player === player);
  const pendingEffects = runtime.pendingEffects().filter((effect) => effect.player === player).length;
  const connected = row >= 0 && table.columns.connected[row] === 1;
  const here = row < 0 ? 'none' : connected ? 'connected' : 'dropped';
  const seat = leaving !== undefined && row < 0 ? 'leaving' : here;
  return { seat, toZone: leaving?.toZone ?? '', pendingEffects, players: table.count };
}
