import type { StoredSession } from '@overworld/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { SessionEntity } from './entities/session.entity.ts';

const MAX_LIFE_MS = 4 * 60 * 60 * 1_000;
const REUSED = 'refresh-token-reused';

export type RotateOutcome = 'rotated' | 'reused' | 'revoked' | 'expired' | 'unknown';

export interface NewSession {
  readonly sessionId: string;
  readonly player: string;
  readonly refreshHash: string;
  readonly endsAtMs: number;
}

/** Logins and their refresh tokens. `wallMs` is the time of day. */
export class Sessions {
  readonly #database: DataSource;
  readonly #wallMs: () => number;

  constructor(database: DataSource, wallMs: () => number) {
    this.#database = database;
    this.#wallMs = wallMs;
  }

  /** Also forgets this player's sessions that are over for a day, so that their number stays bounded. */
  async create(session: NewSession): Promise<{ created: true; endsAtMs: number }> {
    const nowMs = this.#wallMs();
    const endsAtMs = Math.min(session.endsAtMs, nowMs + MAX_LIFE_MS);
    await this.#database.transaction(async (manager) => {
      await manager.query(
        "DELETE FROM sessions WHERE player = $1 AND ends_at < $2::timestamptz - interval '1 day'",
        [session.player, new Date(nowMs)],
      );
      await manager.query('INSERT INTO sessions (id, player, ends_at) VALUES ($1, $2, $3)', [
        session.sessionId,
        session.player,
        new Date(endsAtMs),
      ]);
      await insertToken(manager, session.refreshHash, session.sessionId);
    });
    return { created: true, endsAtMs };
  }

  async find(sessionId: string): Promise<StoredSession | null> {
    const found = await this.#database.getRepository(SessionEntity).findOne({
      where: { id: sessionId },
      relations: { account: true },
    });
    if (found === null) return null;
    const { player, name } = found.account;
    return { sessionId, player, name, endsAtMs: found.endsAt.getTime(), revoked: found.revoked };
  }

  /** Of two who show the same token at once, the second is told `reused`: the session's row makes them wait in line. */
  rotate(sessionId: string, oldHash: string, newHash: string): Promise<RotateOutcome> {
    return this.#database.transaction(async (manager) => {
      const state = await this.#stateOf(manager, sessionId);
      if (state !== 'running') return state;
      const rows: { replaced_at: Date | null }[] = await manager.query(
        'SELECT replaced_at FROM refresh_tokens WHERE hash = $1 AND session_id = $2',
        [oldHash, sessionId],
      );
      const token = rows[0];
      if (token === undefined) return 'unknown';
      if (token.replaced_at !== null) {
        await manager.update(SessionEntity, { id: sessionId }, { revoked: REUSED });
        return 'reused';
      }
      await manager.query('UPDATE refresh_tokens SET replaced_at = $2 WHERE hash = $1', [
        oldHash,
        new Date(this.#wallMs()),
      ]);
      await insertToken(manager, newHash, sessionId);
      return 'rotated';
    });
  }

  /** True when this call ended the session. */
  async revoke(sessionId: string, reason: string): Promise<boolean> {
    const [, count]: [unknown, number] = await this.#database.query(
      'UPDATE sessions SET revoked = $2 WHERE id = $1 AND revoked IS NULL AND ends_at > $3',
      [sessionId, reason, new Date(this.#wallMs())],
    );
    return count > 0;
  }

  async #stateOf(
    manager: EntityManager,
    sessionId: string,
  ): Promise<'running' | 'revoked' | 'expired' | 'unknown'> {
    const rows: { ends_at: Date; revoked: string | null }[] = await manager.query(
      'SELECT ends_at, revoked FROM sessions WHERE id = $1 FOR UPDATE',
      [sessionId],
    );
    const session = rows[0];
    if (session === undefined) return 'unknown';
    if (session.revoked !== null) return 'revoked';
    return session.ends_at.getTime() <= this.#wallMs() ? 'expired' : 'running';
  }
}

async function insertToken(manager: EntityManager, hash: string, sessionId: string): Promise<void> {
  await manager.query('INSERT INTO refresh_tokens (hash, session_id) VALUES ($1, $2)', [hash, sessionId]);
}
