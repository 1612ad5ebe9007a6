import { type AccessClaims, type AccessTokens, accessTokens, describeIssue } from '@overworld/platform';
import type { Clock } from '@overworld/ports';
import type { RefusalReason } from '@overworld/protocol';
import { type HandshakeRequest, handshake, speaksOurProtocol } from './handshake.ts';

const MAX_REVOKED = 100_000;

export type AdmissionOutcome =
  | { readonly ok: true; readonly who: AccessClaims; readonly wishes: HandshakeRequest }
  | { readonly ok: false; readonly reason: RefusalReason; readonly detail: string };

/** Who may connect: the handshake's token, protocol and form. Sessions that were ended are remembered. */
export class Admission {
  readonly #tokens: AccessTokens;
  readonly #clock: Clock;
  readonly #accessMinutes: number;
  /** Until when an access token of this session could still be valid. */
  readonly #revoked = new Map<string, number>();

  constructor(secret: Uint8Array, clock: Clock, accessMinutes = 60) {
    this.#tokens = accessTokens(secret);
    this.#clock = clock;
    this.#accessMinutes = accessMinutes;
  }

  revoke(sessionId: string): void {
    const nowMs = this.#clock.now();
    if (this.#revoked.size >= MAX_REVOKED) this.#sweep(nowMs);
    this.#revoked.set(sessionId, nowMs + this.#accessMinutes * 60_000);
  }

  async admit(auth: unknown): Promise<AdmissionOutcome> {
    const wishes = handshake.safeParse(auth);
    if (!wishes.success) return refused('bad-request', describeIssue(wishes.error));
    if (!speaksOurProtocol(wishes.data.protocol)) {
      return refused('protocol-mismatch', `this server does not speak protocol ${wishes.data.protocol}`);
    }
    const verified = await this.#tokens.verify(wishes.data.token);
    if (!verified.ok) return refused('unauthorized', `the access token is ${verified.reason}`);
    const who = verified.claims;
    if (this.#revoked.has(who.sessionId)) return refused('session-revoked', 'this session was ended');
    if (who.sessionEndsAtMs <= this.#clock.wall()) {
      return refused('session-expired', 'this session has reached its end');
    }
    return { ok: true, who, wishes: wishes.data };
  }

  #sweep(nowMs: number): void {
    for (const [sessionId, untilMs] of this.#revoked) if (untilMs <= nowMs) this.#revoked.delete(sessionId);
  }
}

function refused(reason: RefusalReason, detail: string): AdmissionOutcome {
  return { ok: false, reason, detail };
}
