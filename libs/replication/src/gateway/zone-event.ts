/** What a zone told its players once. */
export interface ZoneEvent {
  readonly tick: number;
  /** Index into the schema's events. */
  readonly kind: number;
  /** The value as the event's codec wrote it. */
  readonly bytes: Uint8Array;
  readonly to:
    | { readonly kind: 'everybody' }
    | { readonly kind: 'player'; readonly player: string }
    /** Those whose view reaches this far. */
    | { readonly kind: 'near'; readonly x: number; readonly y: number };
}
