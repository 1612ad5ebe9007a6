import type { GameZone } from '@overworld/client';
import type { Labels } from './labels.ts';
import type { Stage } from './stage.ts';

/** What a scenery draws a picture from. */
export interface Picture {
  readonly stage: Stage;
  readonly labels: Labels;
  readonly zone: GameZone;
  readonly nowMs: number;
  readonly elapsedMs: number;
}

/** How one kind of zone looks. */
export interface Scenery {
  /** Draws everything but the camera's move; called once for each picture. */
  draw(picture: Picture): void;
  /** The viewer is here now. */
  follow?(x: number, y: number): void;
  dispose(): void;
}

/** A number out of an entity's values. */
export function numberOf(values: { readonly [field: string]: unknown } | undefined, field: string): number {
  const value = values?.[field];
  return typeof value === 'number' ? value : 0;
}

export function textOf(values: { readonly [field: string]: unknown } | undefined, field: string): string {
  const value = values?.[field];
  return typeof value === 'string' ? value : '';
}
