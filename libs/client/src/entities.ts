import type { Unlisten } from './listeners.ts';

/** Values by component and field. */
export interface EntityValues {
  readonly [component: string]: { readonly [field: string]: number | string | readonly number[] } | undefined;
}

/** Something in sight. The object is the same from its entering to its leaving. */
export interface ZoneEntity {
  /** 16 hex digits, kept over handoffs and restarts. */
  readonly id: string;
  readonly isOwn: boolean;
  /** The newest that the server said; do not keep it. */
  readonly values: EntityValues;
  /**
   * The values as they are shown at a tick (with fraction; the zone's `renderTick` when absent): movement is
   * interpolated, and the own entity is where it is predicted. Do not keep it: the next call overwrites it.
   */
  sample(renderTick?: number): EntityValues;
}

/** What is in sight. */
export interface Entities extends Iterable<ZoneEntity> {
  readonly size: number;
  readonly own: ZoneEntity | undefined;
  readonly tick: number;
  readonly ack: number;
  readonly badFrames: number;
  find(id: string): ZoneEntity | undefined;
  apply(bytes: Uint8Array): boolean;
  restart(info: unknown): void;
  ownValueAt(tick: number): (component: string, field: string) => number | undefined;
  onEnter(listener: (entity: ZoneEntity) => void): Unlisten;
  onLeave(listener: (entity: ZoneEntity) => void): Unlisten;
}
export const ZoneEntities = undefined as unknown as new (info: unknown, options: unknown) => Entities;
