import { OverworldError, type Status } from '@overworld/client';
import { isRefusalReason, REFUSALS } from '@overworld/protocol';

const OWN: { readonly [reason: string]: string } = {
  unreachable: 'The server does not answer. Check that it runs and that you are online, then try again.',
  closed: 'The connection was closed. Join again to go on playing.',
  'name-invalid': 'Please choose a name of 1 to 24 letters or digits.',
  'lobby-unknown': 'There is no lobby with this code. Check it with the friend who gave it to you.',
  'lobby-full': 'This lobby is full. Wait until somebody leaves, or open one of your own.',
  'code-invalid': 'That is no lobby code. Check it for typing mistakes.',
  'zone-full': 'Every place is taken at the moment. Try again in a minute.',
  'rate-limited': 'That was a bit fast. Wait a moment, then try again.',
  'session-expired': 'You were here for a long time and were logged out. Log in again to go on.',
  'session-revoked': 'You were logged out. Log in again to go on.',
  replaced: 'You are playing in another window now. Join again here to come back to this one.',
  kicked: 'You were removed from the game. You can join again.',
};

/** A sentence for the player that says what to do next. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof OverworldError)) return 'Something went wrong in this page. Load it again to go on.';
  return sentenceFor(error.reason, error.detail);
}

export function sentenceFor(reason: string, detail: string): string {
  const own = OWN[reason];
  if (own !== undefined) return own;
  if (isRefusalReason(reason)) return `${REFUSALS[reason].meaning} ${REFUSALS[reason].next}`;
  return `${detail}. Try again; if it stays, load the page again.`;
}

/** What the banner says while the connection is away; undefined when there is nothing to say. */
export function bannerFor(status: Status): string | undefined {
  switch (status.state) {
    case 'idle':
    case 'playing':
      return undefined;
    case 'waiting':
    case 'connecting':
      return status.attempt > 0 ? 'Connection lost. Getting you back, your place is kept …' : undefined;
    case 'closed':
      return undefined;
  }
}
