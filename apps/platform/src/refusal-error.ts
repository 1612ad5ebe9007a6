import { isRefusalReason, REFUSALS, type RefusalReason } from '@overworld/protocol';

/** Ends a REST call with a refusal: the filter makes `{reason, detail, next}` and the fitting status of it. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, detail = '') {
    super(detail === '' ? REFUSALS[reason].meaning : detail);
    this.reason = reason;
  }

  /** What another service refused, passed on. */
  static from(refusal: { readonly refused: string; readonly detail: string }): RefusalError {
    return new RefusalError(reasonOf(refusal.refused), refusal.detail);
  }
}

/** A reason of the closed set; what is none of it is `internal`. */
export function reasonOf(text: string): RefusalReason {
  return isRefusalReason(text) ? text : 'internal';
}
