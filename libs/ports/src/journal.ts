export type AppendOutcome =
  | { readonly kind: 'appended'; readonly sequence: number }
  /** Another record stands where ours should have gone: nothing was written. */
  | { readonly kind: 'conflict' }
  /** The answer was lost or late: the record may or may not be there. Read it back. */
  | { readonly kind: 'unknown'; readonly detail: string };

export interface JournalRecord {
  /** Grows along a zone's journal; not contiguous (zones share one sequence). */
  readonly sequence: number;
  readonly bytes: Uint8Array;
}

/**
 * One append-only log per zone, with the fence: an append names the sequence of the last record that the writer knows of
 * (0 for an empty journal) and is refused when the journal ends elsewhere. An acknowledged append is durable: it is seen
 * by every later read, in every process, also after a kill -9 of writer or reader.
 */
export interface Journal {
  append(zone: string, expectedSequence: number, bytes: Uint8Array): Promise<AppendOutcome>;
  /** Records with a sequence above `afterSequence`, in order, at most `limit`. Rejects when the store is out of reach. */
  read(zone: string, afterSequence: number, limit: number): Promise<readonly JournalRecord[]>;
  last(zone: string): Promise<JournalRecord | undefined>;
  /** Forgets records with a sequence below `belowSequence`, but never the last one: the fence needs it. */
  trim(zone: string, belowSequence: number): Promise<void>;
  zones(): Promise<readonly string[]>;
}
