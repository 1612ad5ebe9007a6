import type { WireSchema } from '@overworld/protocol';
import type { PlayerChange } from '@overworld/ruleset';
import { OutReader } from '../wire/out-message.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { type Interest, MirrorPlaces } from './mirror-places.ts';
import { type MirrorPlayer, MirrorPlayers } from './mirror-players.ts';
import { MirrorRows } from './mirror-rows.ts';
import { MirrorUpdate, type RecentEnters } from './mirror-update.ts';
import { SharedFrames } from './shared-frames.ts';
import type { ZoneEvent } from './zone-event.ts';

/**
 * - `applied`: the mirror is at the message's tick.
 * - `gap`: messages are missing in between; it is kept until a sync message closes the gap. Ask for one.
 * - `stale`: older than what the mirror has; ignored.
 * - `bad`: damaged, of another schema, or contradicting the mirror. Ask for a sync.
 */
export type MirrorResult = 'applied' | 'gap' | 'stale' | 'bad';

export interface MirrorCounts {
  applied: number;
  /** Of the applied ones, those that said everything. */
  full: number;
  gaps: number;
  stale: number;
  bad: number;
  /** Messages behind a gap that were given up because too many waited. */
  givenUp: number;
}

const MAX_EVENTS = 4096;
const MAX_WAITING = 128;

/**
 * A gateway's copy of what one zone shows, shared by the views of all its players.
 *
 * It follows the zone's out messages by their chain of ticks. When the chain breaks it keeps what it has and says
 * `needsSync`; messages behind the gap wait (128 at most) and are applied behind the sync message that closes it. A
 * new epoch begins with a full message: until it comes, the old epoch's content stays. Duplicates and late messages
 * are `stale` and change nothing. Bytes come over a network: whatever they are, it does not throw. A malformed message
 * changes nothing; one that is sound but contradicts the mirror is applied as far as it goes, and a sync is needed.
 */
export class Mirror {
  readonly wire: WireSchema;
  readonly rows: MirrorRows;
  readonly places: MirrorPlaces;
  readonly interest: Interest;
  /** Of views that show everything. */
  readonly shared = new SharedFrames();
  readonly counts: MirrorCounts = { applied: 0, full: 0, gaps: 0, stale: 0, bad: 0, givenUp: 0 };
  readonly #reader: OutReader;
  readonly #players = new MirrorPlayers();
  readonly #events = new BoundedQueue<ZoneEvent>(MAX_EVENTS);
  readonly #update: MirrorUpdate;
  #waiting: Uint8Array[] = [];
  #epoch = -1;
  #tick = -1;
  #ageMs = -1;
  #needsSync = true;

  constructor(wire: WireSchema, interest: Interest) {
    this.wire = wire;
    this.interest = interest;
    this.rows = new MirrorRows(wire);
    this.places = new MirrorPlaces(wire, this.rows, interest);
    this.#reader = new OutReader(wire);
    this.#update = new MirrorUpdate(this.rows, this.places, this.#players, this.#events);
  }

  /** The zone's epoch, -1 before the first full message. */
  get epoch(): number {
    return this.#epoch;
  }

  /** How long ago the tick of the last message had begun when it left the zone; -1 where it does not say. */
  get ageMs(): number {
    return this.#ageMs;
  }

  /** The tick that the mirror shows, -1 before the first full message. */
  get tick(): number {
    return this.#tick;
  }

  /** Grows with every message that was applied. */
  get revision(): number {
    return this.#update.revision;
  }

  /** True from a gap or a bad message (and at the beginning) until a full message was applied: ask for a sync. */
  get needsSync(): boolean {
    return this.#needsSync;
  }

  /** The players who have a seat, by id. */
  get players(): ReadonlyMap<string, MirrorPlayer> {
    return this.#players.byId;
  }

  /** Grows when a player came or went: an entry of `players` that was kept is then to be looked up anew. */
  get playersRevision(): number {
    return this.#players.revision;
  }

  get recentEnters(): RecentEnters {
    return this.#update.recent;
  }

  /** Events and player changes that were dropped because nobody took them. */
  get dropped(): number {
    return this.#events.dropped + this.#players.changes.dropped;
  }

  /** Applies an out or sync message. It may be kept until the next full message: do not change its bytes. */
  apply(message: Uint8Array): MirrorResult {
    const result = this.#consider(message);
    if (result === 'applied' && this.#waiting.length > 0) this.#applyWaiting();
    return result;
  }

  /** The events since the last call, oldest first; 4,096 at most, the oldest are dropped. Each is told once. */
  takeEvents(): ZoneEvent[] {
    return this.#events.take();
  }

  /**
   * What became of players since the last call, oldest first. After a full message every connected player is named
   * as `present` once more, so a change that fell into a gap is not missed.
   */
  takePlayerChanges(): PlayerChange[] {
    return this.#players.changes.take();
  }

  /** Whether a player hears an event. Near ones are heard as far as views reach. */
  hears(event: ZoneEvent, player: string): boolean {
    if (event.to.kind !== 'near') return event.to.kind === 'everybody' || event.to.player === player;
    const avatar = this.#players.byId.get(player)?.avatar ?? -1;
    if (!this.rows.isShown(avatar) || !this.places.isPlaced(avatar)) return !this.places.isBounded;
    const dx = this.places.x(avatar, this.#tick) - event.to.x;
    const dy = this.places.y(avatar, this.#tick) - event.to.y;
    return dx * dx + dy * dy <= this.places.radius * this.places.radius;
  }

  #consider(message: Uint8Array): MirrorResult {
    if (!this.#reader.check(message)) return this.#bad();
    const { full, epoch, tick, previousTick } = this.#reader.header;
    if (epoch < this.#epoch) return this.#stale();
    if (epoch === this.#epoch && (tick < this.#tick || (tick === this.#tick && !full))) return this.#stale();
    if (full) return this.#applyNow(message);
    if (this.#needsSync || epoch !== this.#epoch || previousTick !== this.#tick) return this.#gap(message);
    return this.#applyNow(message);
  }

  #applyNow(message: Uint8Array): MirrorResult {
    const { full, epoch, tick, ageMs } = this.#reader.header;
    this.#ageMs = ageMs;
    this.#update.begin(full, tick);
    this.#epoch = epoch;
    this.#tick = tick;
    this.#reader.visit(message, this.#update);
    this.#update.end();
    if (this.#update.faulty) return this.#bad();
    this.#needsSync = false;
    this.counts.applied++;
    if (full) this.counts.full++;
    return 'applied';
  }

  #bad(): MirrorResult {
    this.#needsSync = true;
    this.counts.bad++;
    return 'bad';
  }

  #stale(): MirrorResult {
    this.counts.stale++;
    return 'stale';
  }

  #gap(message: Uint8Array): MirrorResult {
    this.#needsSync = true;
    this.counts.gaps++;
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting.shift();
      this.counts.givenUp++;
    }
    this.#waiting.push(message);
    return 'gap';
  }

  #applyWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) this.#consider(message);
  }
}
