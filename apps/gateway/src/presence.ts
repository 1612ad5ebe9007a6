import type { Clock } from '@overworld/ports';
import { EVENTS, LIMITS, type PresenceMessage } from '@overworld/protocol';
import type { Server } from 'socket.io';
import { z } from 'zod';
import type { PlayerConnection } from './player-connection.ts';
import type { Reach } from './reach.ts';
import { rooms } from './rooms.ts';

const TELL_EVERY_MS = 500;
/** What has not changed is said again so often: a gateway that has just started hears of it. */
const REPEAT_MS = 2000;
/** A gateway that is silent for so long has lost its players, or cannot be reached. */
const SILENT_MS = 5000;
const MAX_CHANGES = 20;
const MAX_WORLDS = 1000;
const MAX_GATEWAYS = 256;
const GOSSIP = 'presence';

const worldReport = z.object({
  count: z.int().min(0),
  names: z.array(z.string().max(24)).max(LIMITS.whoMaxNames),
  joined: z.array(z.string().max(24)).max(MAX_CHANGES),
  left: z.array(z.string().max(24)).max(MAX_CHANGES),
});
/** What a gateway says of its own players to the other ones. */
const gossip = z.object({ gateway: z.string().max(64), worlds: z.record(z.string().max(63), worldReport) });
type WorldReport = z.output<typeof worldReport>;

interface Heard {
  readonly worlds: { readonly [world: string]: WorldReport };
  readonly atMs: number;
}

interface Changes {
  readonly joined: Set<string>;
  readonly left: Set<string>;
}

export interface WorldPresence {
  readonly world: string;
  readonly count: number;
  readonly names: readonly string[];
}

/**
 * Who is in a world. Every gateway counts its own connections and tells the others twice a second what has changed, and
 * every two seconds all of it; nobody asks, so an answer costs nothing and waits for nobody. It is up to half a second
 * behind. What a gateway said is forgotten after five seconds of silence: without Redis each knows its own players.
 */
export class Presence {
  readonly #gateway: string;
  readonly #reach: Reach;
  readonly #clock: Clock;
  readonly #here = new Map<string, Set<PlayerConnection>>();
  readonly #others = new Map<string, Heard>();
  /** Since the last telling, of this gateway and of all. */
  readonly #own = new Map<string, Changes>();
  readonly #all = new Map<string, Changes>();
  #server: Server | undefined;
  #cancel: (() => void) | undefined;
  #toldAtMs = 0;

  constructor(gateway: string, reach: Reach, clock: Clock) {
    this.#gateway = gateway;
    this.#reach = reach;
    this.#clock = clock;
  }

  serve(server: Server): void {
    this.#server = server;
    if (this.#reach.adapter !== undefined) server.on(GOSSIP, (said: unknown) => this.#hear(said));
    this.#tellLater();
  }

  close(): void {
    this.#cancel?.();
  }

  /** The player is in this world now, or in none, and was in that one. */
  moved(connection: PlayerConnection, from: string | undefined, to: string | undefined): void {
    if (from === to) return;
    if (from !== undefined) {
      const there = this.#here.get(from);
      there?.delete(connection);
      if (there?.size === 0) this.#here.delete(from);
      this.#changed(from, 'left', connection.name);
    }
    if (to !== undefined) {
      const there = this.#here.get(to) ?? new Set();
      this.#here.set(to, there.add(connection));
      this.#changed(to, 'joined', connection.name);
    }
  }

  who(world: string): WorldPresence {
    const names = new Set(this.#namesHere(world));
    let count = this.#here.get(world)?.size ?? 0;
    for (const { worlds } of this.#others.values()) {
      const report = worlds[world];
      if (report === undefined) continue;
      count += report.count;
      for (const name of report.names) if (names.size < LIMITS.whoMaxNames) names.add(name);
    }
    return { world, count, names: [...names] };
  }

  #namesHere(world: string): string[] {
    const names: string[] = [];
    for (const { name } of this.#here.get(world) ?? []) {
      if (names.length >= LIMITS.whoMaxNames) break;
      names.push(name);
    }
    return names;
  }

  #changed(world: string, what: keyof Changes, name: string): void {
    note(this.#own, world, what, name);
    note(this.#all, world, what, name);
  }

  #tellLater(): void {
    this.#cancel = this.#clock.after(TELL_EVERY_MS, () => {
      this.#forgetSilent();
      this.#gossip();
      this.#tellPlayers();
      this.#tellLater();
    });
  }

  #gossip(): void {
    if (this.#reach.adapter === undefined) return;
    const nowMs = this.#clock.now();
    if (this.#own.size === 0 && nowMs - this.#toldAtMs < REPEAT_MS) return;
    // While Redis is away changes pile up to their bound; the counts that follow are right in any case.
    if (!this.#reach.isUp) return;
    this.#toldAtMs = nowMs;
    const worlds: Record<string, WorldReport> = {};
    for (const world of [...this.#here.keys()].slice(0, MAX_WORLDS)) worlds[world] = this.#report(world);
    for (const world of this.#own.keys()) worlds[world] ??= this.#report(world);
    this.#own.clear();
    this.#server?.serverSideEmit(GOSSIP, { gateway: this.#gateway, worlds });
  }

  #report(world: string): WorldReport {
    const { joined = [], left = [] } = this.#own.get(world) ?? {};
    const count = this.#here.get(world)?.size ?? 0;
    return { count, names: this.#namesHere(world), joined: [...joined], left: [...left] };
  }

  #hear(said: unknown): void {
    const parsed = gossip.safeParse(said);
    if (!parsed.success || parsed.data.gateway === this.#gateway) return;
    const { gateway, worlds } = parsed.data;
    if (!this.#others.has(gateway) && this.#others.size >= MAX_GATEWAYS) return;
    this.#others.set(gateway, { worlds, atMs: this.#clock.now() });
    for (const [world, { joined, left }] of Object.entries(worlds)) {
      for (const name of joined) note(this.#all, world, 'joined', name);
      for (const name of left) note(this.#all, world, 'left', name);
    }
  }

  #forgetSilent(): void {
    const nowMs = this.#clock.now();
    for (const [gateway, { atMs }] of this.#others) {
      if (nowMs - atMs > SILENT_MS) this.#others.delete(gateway);
    }
  }

  /** One message per world and turn, however many come and go. */
  #tellPlayers(): void {
    for (const [world, { joined, left }] of this.#all) {
      if (!this.#here.has(world) || (joined.size === 0 && left.size === 0)) continue;
      const { count } = this.who(world);
      const message: PresenceMessage = { world, count, joined: [...joined], left: [...left] };
      this.#server?.local.to(rooms.world(world)).emit(EVENTS.presence, message);
    }
    this.#all.clear();
  }
}

/** Who goes and comes within one telling (to another gateway, above all) has done neither. */
function note(table: Map<string, Changes>, world: string, what: keyof Changes, name: string): void {
  const changes = table.get(world) ?? { joined: new Set(), left: new Set() };
  table.set(world, changes);
  const opposite = what === 'joined' ? changes.left : changes.joined;
  if (opposite.delete(name)) return;
  if (changes[what].size < MAX_CHANGES) changes[what].add(name);
}
