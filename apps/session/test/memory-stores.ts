import { createHash } from 'node:crypto';
import type {
  ListedZones,
  NewSession,
  NewZone,
  RegisteredPage,
  RegisteredZone,
  RotateOutcome,
  SessionStores,
  StoredCharacter,
  StoredSession,
} from '../src/stores.ts';

interface Account {
  readonly player: string;
  readonly name: string;
}

interface Entry extends NewSession {
  name: string;
  hash: string;
  spent: Set<string>;
  revoked: boolean;
}

/** The stores in memory, gone with the process: for tests, and for a server that is to forget. */
export class MemoryStores implements SessionStores {
  readonly #accounts = new Map<string, Account>();
  readonly #sessions = new Map<string, Entry>();
  readonly #zones = new Map<string, RegisteredZone>();
  readonly #registeredAtMs = new Map<string, number>();
  readonly #wall: () => number;
  readonly characters = new Map<string, string>();
  /** Whose last save, as `player/world`, was not that of a leave. */
  readonly playing = new Set<string>();

  constructor(wall: () => number = Date.now) {
    this.#wall = wall;
  }

  async guest(name: string): Promise<Account> {
    const key = name.toLowerCase();
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    const player = createHash('sha256').update(`player/${key}`).digest('hex').slice(0, 16);
    const account = { player, name };
    this.#accounts.set(key, account);
    return account;
  }

  async createSession(session: NewSession): Promise<{ created: true }> {
    const name = [...this.#accounts.values()].find(({ player }) => player === session.player)?.name ?? '';
    const entry = { ...session, name, hash: session.refreshHash, spent: new Set<string>(), revoked: false };
    this.#sessions.set(session.sessionId, entry);
    return { created: true };
  }

  async findSession(sessionId: string): Promise<StoredSession | { refused: string; detail: string }> {
    const entry = this.#sessions.get(sessionId);
    if (entry === undefined) return { refused: 'unauthorized', detail: 'there is no such session' };
    const { player, name, endsAtMs, revoked } = entry;
    return { sessionId, player, name, endsAtMs, revoked };
  }

  async rotate(sessionId: string, oldHash: string, newHash: string): Promise<RotateOutcome> {
    const entry = this.#sessions.get(sessionId);
    if (entry === undefined) return { outcome: 'unknown' };
    if (entry.revoked) return { outcome: 'revoked' };
    if (entry.endsAtMs <= Date.now()) return { outcome: 'expired' };
    if (entry.spent.has(oldHash)) {
      entry.revoked = true;
      return { outcome: 'reused' };
    }
    if (entry.hash !== oldHash) return { outcome: 'unknown' };
    entry.spent.add(oldHash);
    entry.hash = newHash;
    return { outcome: 'rotated' };
  }

  async revoke(sessionId: string): Promise<{ revoked: boolean }> {
    const entry = this.#sessions.get(sessionId);
    if (entry !== undefined) entry.revoked = true;
    return { revoked: entry !== undefined };
  }

  async findCharacter(player: string, world: string): Promise<StoredCharacter> {
    const key = `${player}/${world}`;
    return { character: this.characters.get(key) ?? '', hasLeft: !this.playing.has(key) };
  }

  async registerZone(zone: NewZone): Promise<RegisteredZone> {
    const known = this.#zones.get(zone.id);
    if (known !== undefined) return known;
    const registered = { ...zone, zoneNumber: this.#zones.size + 1, closed: false };
    this.#zones.set(zone.id, registered);
    this.#registeredAtMs.set(zone.id, this.#wall());
    return registered;
  }

  async findZone(zone: string): Promise<RegisteredZone | { refused: string; detail: string }> {
    return this.#zones.get(zone) ?? { refused: 'unknown-zone', detail: `there is no zone ${zone}` };
  }

  async listZones(world: string, { after, limit, minAgeMs }: RegisteredPage): Promise<ListedZones> {
    const youngestMs = this.#wall() - minAgeMs;
    const found = this.#open(world).filter(
      ({ id, zoneNumber }) => zoneNumber > after && (this.#registeredAtMs.get(id) ?? 0) <= youngestMs,
    );
    const zones = found.slice(0, limit);
    return { zones, next: found.length > limit ? (zones.at(-1)?.zoneNumber ?? null) : null };
  }

  async countOwned(world: string, owner: string): Promise<{ count: number }> {
    const owned = this.#open(world).filter(({ params }) => (params as { owner?: string }).owner === owner);
    return { count: owned.length };
  }

  async closeZone(zone: string): Promise<{ closed: boolean }> {
    const known = this.#zones.get(zone);
    if (known !== undefined) this.#zones.set(zone, { ...known, closed: true });
    return { closed: known !== undefined };
  }

  /** By number, which is the order in which they came. */
  #open(world: string): RegisteredZone[] {
    return [...this.#zones.values()].filter((zone) => zone.world === world && !zone.closed);
  }
}
