import { randomInt } from 'node:crypto';
import { isRefusal, type Refusal } from '@overworld/contracts';
import { isCode, LOBBY_ALPHABET } from '@overworld/kernel';
import type { Clock } from '@overworld/ports';
import { z } from 'zod';
import type { SessionOptions } from './options.ts';
import type { RegisteredZone, SessionStores } from './stores.ts';
import type { Zones } from './zones.ts';

const CODE_LENGTH = 6;
/** Always there, for whoever wants to try things out. It belongs to nobody. */
export const TEST_LOBBY = 'TEST';
const MAX_CAPACITY = 16;
/** No player has this id: it asks a zone for its head count alone. */
const NOBODY = '0000000000000000';
const NEW_CODE_ATTEMPTS = 20;

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
  /** Since when a lobby has been seen empty. */
  readonly #emptySinceMs = new Map<string, number>();

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
    const owned = await this.#ownedBy(owner, world);
    if (isRefusal(owned)) return owned;
    if (owned >= this.#ports.options.lobbiesPerPlayer) {
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

  /** Closes what has been empty for too long. Called now and then, by one session process of a cluster. */
  async sweep(world: string): Promise<void> {
    const open = await this.#open(world);
    if (isRefusal(open)) return;
    const known = new Set(open.map(({ id }) => id));
    for (const id of this.#emptySinceMs.keys()) if (!known.has(id)) this.#emptySinceMs.delete(id);
    for (const { id } of open) if (await this.#isLongEmpty(id)) await this.#close(id);
  }

  async #isLongEmpty(lobby: string): Promise<boolean> {
    if (lobby === zoneOf(TEST_LOBBY)) return false;
    const standing = await this.#ports.zones.standing(lobby, NOBODY);
    if (isRefusal(standing)) return false;
    const nowMs = this.#ports.clock.now();
    if (standing.players > 0) {
      this.#emptySinceMs.delete(lobby);
      return false;
    }
    const sinceMs = this.#emptySinceMs.get(lobby) ?? nowMs;
    this.#emptySinceMs.set(lobby, sinceMs);
    return nowMs - sinceMs >= this.#ports.options.lobbyIdleMinutes * 60_000;
  }

  async #open(world: string): Promise<readonly RegisteredZone[] | Refusal> {
    const listed = await this.#ports.stores.listZones(world);
    return isRefusal(listed) ? listed : listed.zones.filter(({ closed }) => !closed);
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

  async #ownedBy(owner: string, world: string): Promise<number | Refusal> {
    const open = await this.#open(world);
    if (isRefusal(open)) return open;
    return open.filter(({ params }) => lobbyParams.safeParse(params).data?.owner === owner).length;
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
