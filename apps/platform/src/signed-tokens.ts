import { errors, jwtVerify, SignJWT } from 'jose';
import type { z } from 'zod';

export type TokenOutcome<Claims> =
  | { readonly ok: true; readonly claims: Claims; readonly id: string; readonly expiresAtMs: number }
  | { readonly ok: false; readonly reason: 'invalid' | 'expired' };

export interface SignedTokensOptions<Schema extends z.ZodType> {
  /** At least 32 bytes; the same in all processes. */
  readonly secret: Uint8Array;
  /** A token of one purpose is none of another. */
  readonly purpose: string;
  readonly claims: Schema;
}

/**
 * JSON Web Tokens (HS256) of one purpose, with checked claims. A token is not stored anywhere: whoever has the secret
 * can check it. Verifying never throws, whatever the text.
 */
export class SignedTokens<Schema extends z.ZodType> {
  readonly #options: SignedTokensOptions<Schema>;

  constructor(options: SignedTokensOptions<Schema>) {
    this.#options = options;
  }

  sign(claims: z.output<Schema>, id: string, expiresAtMs: number): Promise<string> {
    return new SignJWT({ claims })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(this.#options.purpose)
      .setJti(id)
      .setExpirationTime(new Date(expiresAtMs))
      .sign(this.#options.secret);
  }

  async verify(token: string): Promise<TokenOutcome<z.output<Schema>>> {
    try {
      const { payload } = await jwtVerify(token, this.#options.secret, {
        algorithms: ['HS256'],
        audience: this.#options.purpose,
        requiredClaims: ['exp', 'jti'],
      });
      const parsed = this.#options.claims.safeParse(payload.claims);
      if (!parsed.success) return { ok: false, reason: 'invalid' };
      return { ok: true, claims: parsed.data, id: payload.jti ?? '', expiresAtMs: (payload.exp ?? 0) * 1000 };
    } catch (error) {
      return { ok: false, reason: error instanceof errors.JWTExpired ? 'expired' : 'invalid' };
    }
  }
}
