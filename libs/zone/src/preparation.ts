import { type JournalRecord, pause } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';
import type { Fence } from './fence.ts';
import type { ZoneOptions, ZonePorts, ZoneRefusal } from './options.ts';
import { withinTime } from './reach.ts';
import { Rebuild, type Takeover } from './rebuild.ts';
import { decodeRecord, isQuarantine, NOT_RECORDED } from './record.ts';
import { operationName, quarantinedIn } from './replay.ts';
import { Refused, refusing, Source, type TakeoverParts, takeoverParts } from './source.ts';
import type { ZoneSpec } from './spec.ts';

/*
 * What a process has ready of a zone that another one runs.
 *
 *                    new records
 *                    +---------+
 *                    v         |
 *   prepareTakeover ──> following ──────────────────────────> taken (its fence stands behind the last record)
 *                         |   fault, broken chain, released,
 *                         |   nobody came for it in time
 *                         +─────────────────────────────────> over: forgotten, nobody has noticed
 */
const FOLLOW_MS = 150;
const FOLLOWED_AT_ONCE = 8;
const PAGE = 512;
/** While the closing record is waited for. */
const CLOSING_MS = 1.5;
/** The process runs other zones: a replay that nobody waits for makes room for their ticks. */
const TICKS_A_BREATH = 2;

/**
 * Reads the newest snapshot and the journal behind it, and follows the journal for `keptMs`, as a takeover would; but
 * appends nothing, so that the owner does not notice. `ZoneActor.open` makes a takeover of it.
 */
export function prepareTakeover(
  spec: ZoneSpec,
  ruleset: AnyRuleset,
  options: ZoneOptions,
  ports: ZonePorts,
  keptMs: number,
): Promise<Preparation | ZoneRefusal> {
  const parts = takeoverParts(spec, ruleset, options, ports);
  return refusing(parts, async () => {
    const prepared = await Preparation.begin(parts);
    prepared.keep(keptMs);
    return prepared;
  });
}

/** A copy of a zone's state that follows its journal. It says nothing, and holds nobody up. */
export class Preparation {
  readonly #parts: TakeoverParts;
  readonly #quarantined: ReadonlySet<string>;
  /** Undefined once it is over. */
  #rebuild: Rebuild | undefined;
  /** The last record that is in the state. */
  #last: JournalRecord;
  #closesUntilMs = 0;
  #reading: Promise<void> = Promise.resolve();
  #watches = (): void => {};
  /** A takeover has caught up, and waits for the closing record or is past it; or it is over. */
  readonly watched = new Promise<void>((resolve) => {
    this.#watches = resolve;
  });
  #cancelFollowing = (): void => {};
  #cancelDeadline = (): void => {};
  readonly #overListeners: (() => void)[] = [];

  static async begin(parts: TakeoverParts): Promise<Preparation> {
    const source = new Source(parts);
    const snapshot = await source.findSnapshot(Number.MAX_SAFE_INTEGER);
    // The record that the snapshot ends with is read, too: the fence follows a record, not a snapshot.
    const records = await readOn(source, (snapshot?.sequence ?? 1) - 1);
    const last = records.at(-1);
    if (last === undefined) throw new Refused('bad-journal', 'there is no record to go on from');
    const quarantined = quarantinedIn(records.map((record) => record.bytes));
    const rebuild = new Rebuild(parts, { snapshot, quarantined, ticksABreath: TICKS_A_BREATH });
    for (const record of records) {
      if (record.sequence > (snapshot?.sequence ?? 0)) await rebuild.apply(record);
    }
    if (!isWhole(rebuild)) throw new Refused('bad-journal', 'the journal does not continue the snapshot');
    return new Preparation(parts, rebuild, last, quarantined);
  }

  private constructor(
    parts: TakeoverParts,
    rebuild: Rebuild,
    last: JournalRecord,
    quarantined: ReadonlySet<string>,
  ) {
    this.#parts = parts;
    this.#rebuild = rebuild;
    this.#last = last;
    this.#quarantined = quarantined;
    this.#followLater();
  }

  /** Nothing is left of it: the next takeover is an ordinary one. */
  get isOver(): boolean {
    return this.#rebuild === undefined;
  }

  /** Of the last record that it holds. */
  get sequence(): number {
    return this.#last.sequence;
  }

  /** Called once, when it is over or taken. */
  onOver(listener: () => void): void {
    this.#overListeners.push(listener);
  }

  /** From now on it is kept for so long, if nobody takes it. */
  keep(keptMs: number): void {
    this.#cancelDeadline();
    this.#cancelDeadline = this.#parts.ports.clock.after(keptMs, () => this.release());
  }

  /** Forgets everything. */
  release(): void {
    if (this.isOver) return;
    this.#rebuild = undefined;
    this.#watches();
    this.#stopClocks();
    for (const listener of this.#overListeners) listener();
  }

  /**
   * The owner has been asked to close the zone: a takeover waits so long for its closing record, and only then fences it off.
   * 0 when nobody will close it.
   */
  awaitClosing(withinMs: number): void {
    this.#closesUntilMs = this.#parts.ports.clock.now() + withinMs;
  }

  /** For the takeover: reads what has come, and answers the record that its fence has to follow; undefined when it is over. */
  async catchUp(): Promise<JournalRecord | undefined> {
    const { clock } = this.#parts.ports;
    this.#stopClocks();
    this.#rebuild?.hurry();
    await this.#reading;
    for (;;) {
      const found = await this.#read(1);
      // Also when it is over: fenced off before its last record, the zone would jump a second ahead.
      if (found === 0) this.#watches();
      if (isClosing(this.#last) || (found === 0 && clock.now() >= this.#closesUntilMs)) break;
      if (found === 0) await pause(clock, CLOSING_MS);
    }
    return this.isOver ? undefined : this.#last;
  }

  /** For the takeover: the state behind its own fence; undefined when it cannot be reached from here. */
  async finish(fence: Fence): Promise<Takeover | undefined> {
    await this.#apply(fence);
    const rebuild = this.#rebuild;
    this.release();
    return rebuild?.result(fence.sequence, [], true);
  }

  #stopClocks(): void {
    this.#cancelFollowing();
    this.#cancelDeadline();
  }

  #followLater(): void {
    this.#cancelFollowing = this.#parts.ports.clock.after(FOLLOW_MS, () => {
      this.#followLater();
      this.#reading = this.#reading.then(() => this.#follow());
    });
  }

  async #follow(): Promise<void> {
    for (let most = FOLLOWED_AT_ONCE; (await this.#read(most)) === most; most = PAGE) {
      // There are more.
    }
  }

  /** How many records came. A journal that does not answer has nothing new to say: whether that is so, the fence will show. */
  async #read(limit: number): Promise<number> {
    const { ports, options, spec } = this.#parts;
    const call = ports.journal.read(spec.id, this.#last.sequence, limit);
    const records = (await withinTime(ports.clock, options.answerTimeoutMs, call))?.value ?? [];
    for (const record of records) await this.#apply(record);
    return records.length;
  }

  /** What cannot be applied ends it: an ordinary takeover finds out what is to blame. */
  async #apply(record: JournalRecord): Promise<void> {
    const rebuild = this.#rebuild;
    this.#last = record;
    if (rebuild === undefined) return;
    const isApplied = await rebuild.apply(record).then(
      () => true,
      () => false,
    );
    if (!isApplied || !isWhole(rebuild) || this.#leavesOut(record)) this.release();
  }

  /** A record that takes back an operation which is in the state already. */
  #leavesOut({ bytes }: JournalRecord): boolean {
    const record = isQuarantine(bytes) ? decodeRecord(bytes) : undefined;
    if (record?.kind !== 'quarantine' || record.index === NOT_RECORDED) return false;
    return !this.#quarantined.has(operationName(record.faultTick, record.index));
  }
}

/** All records behind `sequence` that there are now. */
async function readOn(source: Source, sequence: number): Promise<JournalRecord[]> {
  const records: JournalRecord[] = [];
  for (;;) {
    const page = await source.read(records.at(-1)?.sequence ?? sequence, PAGE);
    records.push(...page);
    if (page.length < PAGE) return records;
  }
}

function isClosing({ bytes }: JournalRecord): boolean {
  return decodeRecord(bytes)?.kind === 'close';
}

/** A gap, a record that cannot be read: an ordinary takeover reads again, and reports what it finds. */
function isWhole({ replay }: Rebuild): boolean {
  return replay.runtime !== undefined && replay.violations.length === 0 && replay.unreadable === undefined;
}
