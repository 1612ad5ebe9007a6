import { assert } from '@overworld/kernel';
import { LIMITS } from '@overworld/protocol';
import { FrameAssembly, type FrameLimits, type FrameTaker } from './frame-assembly.ts';
import type { Mirror } from './mirror.ts';
import { Receipts, type SentZone } from './receipts.ts';
import { type ViewSource, ZoneView } from './zone-view.ts';

export interface ViewOptions {
  /** The player who looks, 16 hex digits. */
  readonly player: string;
  /** What may be sent in the long run. Up to a second's worth is saved up for when more is new at once. */
  readonly budgetBytesPerSecond: number;
  /** The client's limit for one message; at least 64. No frame is larger. */
  readonly maxMessageBytes: number;
  /** The number of the zone on the client's wire, when a single mirror is given; default 0. */
  readonly zoneIndex?: number;
  /**
   * True for a link that loses messages: every receipt has then to be settled by `delivered` or `lost`. While the
   * loss of an enter is not settled, records can be taken for those of the entity that had the netId before.
   * Otherwise receipts cost nothing, and `lost` says everything anew.
   */
  readonly lossy?: boolean;
  /** View ticks after which something owed is sent whatever the budget says; default 40, at most 255. */
  readonly maxWaitViews?: number;
  /**
   * View ticks behind a frame in which `rests` waits for the player's own news (his entity, his acknowledgement): what is new
   * of others goes out with that, or after them. Default 0.
   */
  readonly patienceViews?: number;
}

/** Frames to be sent in this order, and the number to settle them by. */
export interface Taken {
  readonly frames: Uint8Array[];
  readonly receipt: number;
}

export interface ViewCounts {
  frames: number;
  bytes: number;
  skipped: number;
  /** Of the frames, those that were assembled for another client. */
  shared: number;
}

const DEFAULT_MAX_WAIT = 40;
const MAX_FRAMES_PER_TAKE = 16;
const SMALLEST_MESSAGE_BYTES = 64;

const assembly = new FrameAssembly();
const NOTHING = new Uint8Array(0);

/** The take that is going on: its frames on their way to who asked for them. */
class Taking implements FrameTaker {
  frames = 0;
  bytes = 0;
  /** Its last frame, which holds until the next is assembled. */
  last: Uint8Array = NOTHING;
  #taker: FrameTaker | undefined;

  begin(taker: FrameTaker): void {
    assert(this.#taker === undefined, 'who is handed a frame takes none from another view');
    this.#taker = taker;
    this.frames = this.bytes = 0;
  }

  frame(bytes: Uint8Array): void {
    this.frames++;
    this.bytes += bytes.length;
    this.last = bytes;
    this.#taker?.frame(bytes);
  }

  end(): void {
    this.#taker = undefined;
    this.last = NOTHING;
  }
}

/** One for all views: takes do not overlap. */
const taking = new Taking();
/** Neighbouring views search for what is in sight on different ticks. */
let nextPhase = 0;

/**
 * What one client is shown of one or more zones.
 *
 * `take` gives what is new for this client as frames, the most urgent first, within the budget; what does not fit
 * stays owed and goes out later as the newest value, never as a queue of old ones. Nothing new: no frame. What the
 * player may not see (out of the radius, another owner's) is never in a frame. The own entity is always in sight and
 * never waits for the budget; nothing else waits longer than `maxWaitViews`.
 *
 * Beside its mirrors a view keeps 20 to 30 bytes for each entity in sight: less than 8 kB for 300 of them.
 */
export class View {
  readonly counts: ViewCounts = { frames: 0, bytes: 0, skipped: 0, shared: 0 };
  readonly #options: ViewOptions;
  readonly #maxWait: number;
  readonly #patience: number;
  readonly #limits: FrameLimits;
  readonly #phase = nextPhase++;
  readonly #receipts: Receipts | undefined;
  readonly #zones: ZoneView[] = [];
  #viewTick = 0;
  #lastTick = -1;
  /** The view tick of the last frame. */
  #framedAt = Number.NEGATIVE_INFINITY;
  #receipt = 0;
  #tokens: number;
  #x = Number.NaN;
  #y = Number.NaN;

  /** Looks at one mirror, or at several whose zones lie side by side. More can be attached later. */
  constructor(sources: Mirror | readonly ViewSource[], options: ViewOptions) {
    assert(options.budgetBytesPerSecond > 0, 'a view needs a budget above 0');
    assert(options.maxMessageBytes >= SMALLEST_MESSAGE_BYTES, 'a frame takes at least 64 bytes');
    this.#options = options;
    this.#maxWait = Math.min(options.maxWaitViews ?? DEFAULT_MAX_WAIT, 255);
    this.#patience = options.patienceViews ?? 0;
    this.#tokens = options.budgetBytesPerSecond;
    this.#limits = {
      budgetBytes: 0,
      maxMessageBytes: Math.min(options.maxMessageBytes, LIMITS.maxFrameBytes),
      maxFrames: MAX_FRAMES_PER_TAKE,
      maxWait: this.#maxWait,
    };
    this.#receipts = options.lossy ? new Receipts() : undefined;
    if (!('wire' in sources)) for (const source of sources) this.attach(source);
    else this.attach({ mirror: sources, zoneIndex: options.zoneIndex ?? 0 });
  }

  /** Looks at one more zone, or anew at one with the same index. Its first frame is a keyframe. */
  attach(source: ViewSource): void {
    assert(source.zoneIndex >= 0 && source.zoneIndex <= 255, 'a zone index is a byte');
    this.detach(source.zoneIndex);
    this.#zones.push(new ZoneView(source, this.#options.player, this.#phase, this.#maxWait));
  }

  /** Looks no more at a zone. The client is not told: it forgets the zone by `left` or `zone`. */
  detach(zoneIndex: number): void {
    const at = this.#zones.findIndex((zone) => zone.zoneIndex === zoneIndex);
    if (at >= 0) this.#zones.splice(at, 1);
  }

  /** The centre of sight while the player has no entity of its own, in the world's coordinates. */
  lookAt(x: number, y: number): void {
    this.#x = x;
    this.#y = y;
  }

  /**
   * What is new for this client, or undefined. Call it once for each view tick (after the mirror has applied the
   * zone's message), with a tick that grows: the budget refills by it. The frames are the caller's.
   */
  take(nowTick: number): Taken | undefined {
    const frames: Uint8Array[] = [];
    const receipt = this.takeEach(nowTick, { frame: (bytes) => frames.push(bytes.slice()) });
    return receipt === 0 ? undefined : { frames, receipt };
  }

  /**
   * The same without a copy: `taker` is handed each frame, and may take from no view meanwhile. The receipt, or 0 when nothing
   * is new.
   */
  takeEach(nowTick: number, taker: FrameTaker): number {
    this.#refill(nowTick);
    this.#viewTick++;
    taking.begin(taker);
    try {
      this.#findCentre();
      for (let index = 0; index < this.#zones.length; index++) this.#takeZone(this.#zones[index] as ZoneView);
    } finally {
      taking.end();
    }
    if (taking.frames === 0) return 0;
    this.#framedAt = this.#viewTick;
    const receipt = ++this.#receipt;
    this.#receipts?.open(receipt);
    return receipt;
  }

  /**
   * True when this view tick can pass without a take: a frame went out less than `patienceViews` ago, and nothing of the
   * player's own is new. It counts as a view tick, and is cheap enough to be asked for every client.
   */
  rests(): boolean {
    if (this.#viewTick + 1 - this.#framedAt > this.#patience) return false;
    for (let index = 0; index < this.#zones.length; index++) {
      if ((this.#zones[index] as ZoneView).hasOwnNews) return false;
    }
    this.#viewTick++;
    return true;
  }

  /** The frames of a take have arrived. */
  delivered(receipt: number): void {
    this.#receipts?.delivered(receipt);
  }

  /**
   * The frames of a take have not arrived, or nobody knows: what they said, as far as it still holds, is said again.
   * Without `lossy` everything is.
   */
  lost(receipt: number): void {
    if (this.#receipts !== undefined) this.#receipts.lost(receipt);
    else this.restart();
  }

  /** The client is slow: this view tick nothing is taken. Nothing is lost, the newest goes out with the next take. */
  skipped(): void {
    this.counts.skipped++;
  }

  /** Says everything anew with the next take, as a keyframe: for a client that has lost what it had. */
  restart(): void {
    for (const zone of this.#zones) zone.restart();
  }

  /** The last sequence of the player that a zone in view has executed, -1 when none has the player. */
  get ack(): number {
    let ack = -1;
    for (let index = 0; index < this.#zones.length; index++) {
      ack = Math.max(ack, (this.#zones[index] as ZoneView).ack);
    }
    return ack;
  }

  /** Entities that the client has in sight, over all zones. */
  get entityCount(): number {
    let count = 0;
    for (const zone of this.#zones) count += zone.set.count;
    return count;
  }

  /** Memory that this view keeps for its client. */
  get sizeBytes(): number {
    let total = 0;
    for (const zone of this.#zones) total += zone.set.sizeBytes;
    return total;
  }

  #refill(nowTick: number): void {
    const { budgetBytesPerSecond } = this.#options;
    const wire = this.#zones[0]?.mirror.wire;
    if (wire === undefined) return;
    const passed =
      this.#lastTick < 0 || nowTick <= this.#lastTick ? wire.viewEvery : nowTick - this.#lastTick;
    this.#lastTick = nowTick;
    const earned = (budgetBytesPerSecond * passed) / wire.tickHz;
    this.#tokens = Math.min(this.#tokens + earned, budgetBytesPerSecond);
  }

  /** Sight is around the own entity; when there is none, it stays where it was. */
  #findCentre(): void {
    let isFound = false;
    for (let index = 0; index < this.#zones.length; index++) {
      const zone = this.#zones[index] as ZoneView;
      zone.meet();
      const { ownRow, mirror } = zone;
      if (isFound || ownRow < 0 || !mirror.places.isPlaced(ownRow)) continue;
      this.#x = mirror.places.x(ownRow, mirror.tick) + zone.originX;
      this.#y = mirror.places.y(ownRow, mirror.tick) + zone.originY;
      isFound = true;
    }
  }

  #takeZone(zone: ZoneView): void {
    if (!zone.isMet) return;
    const step = this.#receipts === undefined ? zone.step : -1;
    if (step >= 0 && this.#follow(zone, step)) return;
    zone.look(this.#x, this.#y, this.#viewTick);
    this.#limits.budgetBytes = this.#tokens;
    const sent = this.#receipts && sentOf(zone);
    const { frames: framesBefore, bytes: bytesBefore } = taking;
    taking.last = NOTHING;
    try {
      assembly.write(zone, this.#limits, taking, sent);
    } finally {
      this.#count(taking.frames - framesBefore, taking.bytes - bytesBefore);
    }
    const frames = taking.frames - framesBefore;
    if (sent !== undefined) {
      if (frames > 0) this.#receipts?.say(sent);
      return;
    }
    zone.settle();
    if (step >= 0 && frames <= 1) this.#share(zone, step);
  }

  /** Sends what was assembled for another client, when that is all that there is to be told. */
  #follow(zone: ZoneView, step: number): boolean {
    const { mirror, zoneIndex } = zone;
    const frame = mirror.shared.find(mirror.revision, step, zoneIndex);
    if (frame === undefined || frame.length > Math.min(this.#limits.maxMessageBytes, this.#tokens))
      return false;
    zone.follow(this.#viewTick);
    if (frame.length === 0) return true;
    this.counts.shared++;
    this.#count(1, frame.length);
    taking.frame(frame);
    return true;
  }

  /** Leaves what was told to those who are to be told the same, when it was all that there was. */
  #share({ mirror, step: reached }: ZoneView, step: number): void {
    if (reached === mirror.revision) mirror.shared.keep(mirror.revision, step, taking.last.slice());
  }

  #count(frames: number, bytes: number): void {
    // A debt of more than a second would silence the view for longer than what it was made for.
    this.#tokens = Math.max(this.#tokens - bytes, -this.#options.budgetBytesPerSecond);
    this.counts.bytes += bytes;
    this.counts.frames += frames;
  }
}

function sentOf(zone: ZoneView): SentZone {
  return { zone, leaves: [], records: [], keyframe: zone.needsKeyframe, ack: zone.hasNewAck };
}
