import { randomInt } from 'node:crypto';
import { isRefusal, type Refusal } from '@overworld/contracts';
import { isCode, LOBBY_ALPHABET } from '@overworld/kernel';
import type { Clock } from '@overworld/ports';
import { z } from 'zod';
import type { SessionOptions } from './options.ts';
import type { SessionStores } from './stores.ts';
import type { Zones } from './zones.ts';

const CODE_LENGTH = 6;
/** Always there, for whoever wants to try things out. It belongs to nobody. */
export const TEST_LOBBY = 'TEST';
const MAX_CAPACITY = 16;
/** No player has this id: it asks a zone for its head count alone. */
const NOBODY = '0000000000000000';
const NEW_CODE_ATTEMPTS = 20;
/** Lobbies that are asked for at a time, when empty ones are looked for. */
const PAGE = 100;

export const lobbyCapacity = z.int().min(1).max(MAX_CAPACITY);

/** What a lobby's zone is created with. Clients are told; the owner is a pseudonym like every player id. */
const lobbyParams = z.object({
  code: z.string(),
  capacity: lobbyCapacity.default(MAX_CAPACITY),
  owner: z.string().default(''),
  dummy: z.boolean().optional(),
});

export interface Lobby {
  readonly code: string;
  readonly zone: string;
  readonly world: string;
  readonly capacity: number;
  readonly players: number;
  readonly owner: string;
}

export interface LobbiesPorts {
  readonly options: SessionOptions;
  readonly stores: SessionStores;
  readonly zones: Zones;
  readonly clock: Clock;
}

/** Lobbies: zones that players make, enter by a code, and that go when they have been empty for a while. */
export class Lobbies {
  readonly #ports: LobbiesPorts;
  /** Since when a lobby has been seen empty, as of the last look at all of them. */
  #emptySinceMs = new Map<string, number>();

  constructor(ports: LobbiesPorts) {
    this.#ports = ports;
  }

  /** `TEST`, made at its first use. */
  async ensureTest(world: string, ruleset: string): Promise<Refusal | undefined> {
    const params = { code: TEST_LOBBY, capacity: MAX_CAPACITY, owner: '', dummy: true };
    const test = await this.#ports.zones.register({ id: zoneOf(TEST_LOBBY), world, ruleset, params });
    return isRefusal(test) ? test : undefined;
  }

  async create(
    owner: string,
    world: string,
    ruleset: string,
    capacity = MAX_CAPACITY,
  ): Promise<Lobby | Refusal> {
    const owned = await this.#ports.stores.countOwned(world, owner);
    if (isRefusal(owned)) return owned;
    if (owned.count >= this.#ports.options.lobbiesPerPlayer) {
      return {
        refused: 'rate-limited',
        detail: 'you have opened as many lobbies as you may: close one first',
      };
    }
    for (let attempt = 0; attempt < NEW_CODE_ATTEMPTS; attempt++) {
      const code = newCode();
      const existing = await this.#ports.stores.findZone(zoneOf(code));
      if (!isRefusal(existing)) continue;
      if (existing.refused !== 'unknown-zone') return existing;
      return this.#register({ code, capacity, owner }, world, ruleset);
    }
    return { refused: 'busy', detail: 'no free code was found' };
  }

  async find(typed: string): Promise<Lobby | Refusal> {
    const code = normalCode(typed);
    if (code === undefined)
      return { refused: 'code-invalid', detail: `${typed.slice(0, 20)} cannot be a lobby code` };
    const zone = await this.#ports.stores.findZone(zoneOf(code));
    if (isRefusal(zone)) return zone.refused === 'unknown-zone' ? unknownLobby(code) : zone;
    const params = lobbyParams.safeParse(zone.params);
    if (zone.closed || !params.success) return unknownLobby(code);
    const standing = await this.#ports.zones.standing(zone.id, NOBODY);
    const players = isRefusal(standing) ? 0 : standing.players;
    const { capacity, owner } = params.data;
    return { code, zone: zone.id, world: zone.world, capacity, players, owner };
  }

  /** Who has a seat in it already may always come back. */
  async refuseWhenFull(lobby: Lobby, player: string): Promise<Refusal | undefined> {
    if (lobby.players < lobby.capacity) return undefined;
    const standing = await this.#ports.zones.standing(lobby.zone, player);
    if (!isRefusal(standing) && (standing.seat === 'connected' || standing.seat === 'dropped'))
      return undefined;
    return { refused: 'lobby-full', detail: `lobby ${lobby.code} holds ${lobby.capacity} players` };
  }

  async remove(typed: string, player: string): Promise<Refusal | undefined> {
    const lobby = await this.find(typed);
    if (isRefusal(lobby)) return lobby;
    if (lobby.owner !== player) {
      return { refused: 'lobby-not-owner', detail: `lobby ${lobby.code} belongs to somebody else` };
    }
    await this.#close(lobby.zone);
    return undefined;
  }

  /**
   * Closes what has been seen empty for too long. Called now and then, by one session process of a cluster. A lobby that is
   * younger than that cannot have been; all others are looked at page by page.
   */
  async sweep(world: string): Promise<void> {
    const empty = new Map<string, number>();
    for (let after: number | null = 0; after !== null; ) {
      const page = { after, limit: PAGE, minAgeMs: this.#idleMs };
      const listed = await this.#ports.stores.listZones(world, page);
      if (isRefusal(listed)) return;
      for (const { id } of listed.zones) await this.#look(id, empty);
      after = listed.next;
    }
    this.#emptySinceMs = empty;
  }

  get #idleMs(): number {
    return this.#ports.options.lobbyIdleMinutes * 60_000;
  }

  /** Notes in `empty` since when it has been; a lobby that does not answer is taken for what it was. */
  async #look(lobby: string, empty: Map<string, number>): Promise<void> {
    if (lobby === zoneOf(TEST_LOBBY)) return;
    const standing = await this.#ports.zones.standing(lobby, NOBODY);
    const nowMs = this.#ports.clock.now();
    const before = this.#emptySinceMs.get(lobby);
    if (isRefusal(standing)) {
      if (before !== undefined) empty.set(lobby, before);
      return;
    }
    this.#emptySinceMs.delete(lobby);
    if (standing.players > 0) return;
    const sinceMs = before ?? nowMs;
    if (nowMs - sinceMs >= this.#idleMs) return this.#close(lobby);
    this.#emptySinceMs.set(lobby, sinceMs);
    empty.set(lobby, sinceMs);
  }

  async #register(
    params: { code: string; capacity: number; owner: string },
    world: string,
    ruleset: string,
  ): Promise<Lobby | Refusal> {
    const zone = await this.#ports.zones.register({ id: zoneOf(params.code), world, ruleset, params });
    if (isRefusal(zone)) return zone;
    return { ...params, zone: zone.id, world, players: 0 };
  }

  async #close(zone: string): Promise<void> {
    this.#emptySinceMs.delete(zone);
    await this.#ports.zones.close(zone);
  }
}

/** Upper case, as codes are; undefined when it cannot be one. */
export function normalCode(typed: string): string | undefined {
  const code = typed.trim().toUpperCase();
  return code === TEST_LOBBY || isCode(code, CODE_LENGTH) ? code : undefined;
}

export function zoneOf(code: string): string {
  return `lobby-${code.toLowerCase()}`;
}

function newCode(): string {
  let code = '';
  for (let index = 0; index < CODE_LENGTH; index++) code += LOBBY_ALPHABET[randomInt(LOBBY_ALPHABET.length)];
  return code;
}

function unknownLobby(code: string): Refusal {
  return { refused: 'lobby-unknown', detail: `there is no lobby with the code ${code}` };
}
