import { BATCH_LIMITS, isZoneId, type ZoneCommand } from '@overworld/contracts';
import { fitUtf8, parseHex64, RingBuffer } from '@overworld/kernel';
import type { InputPolicy, Operation } from '@overworld/ruleset';
import { InputQueue, type QueuedInput } from './input-queue.ts';
import type { DropReason, MailboxClass } from './observation.ts';
import { OPERATION_LIMITS, operationSizeBytes } from './operation-codec.ts';

/*
 * Bounded, by class; no class can push out another one.
 *
 *   class     bound                       when full
 *   control   4,096 (joins: 2,048)        the newest is refused; a gateway repeats a join that is not answered
 *   handoff   1,024, one per handoff      the newest is refused; its zone sends it again
 *   receipt   1,024, one per handoff      the newest is refused; the other zone answers again when asked again
 *   settled   1                           the highest wins
 *   input     256 a player (256 kB)       a replaced `latest` input goes, else the newest is refused, and comes again
 *   ai        8 a player, 256 in all      the newest is refused
 */
const CONTROL_CAPACITY = 4_096;
const JOIN_CAPACITY = 2_048;
const HANDOFF_CAPACITY = 1_024;
/** As many as a client keeps unacknowledged: what it sends again fits. */
const INPUTS_PER_PLAYER = 256;
/** With so many queues, or twice those of who is here, it is time to look for players who went. */
const MIN_PRUNED_QUEUES = 256;
const AI_CAPACITY = 256;
const AI_PER_PLAYER = 8;
/** How far ahead of the zone an input may name its tick. */
export const MAX_DELAY_TICKS = 10;

export interface MailboxOptions {
  /** The policy of an input kind, or undefined when there is no such kind. */
  policyOf(input: number): InputPolicy | undefined;
  /** The player's last executed sequence, or -1 when no such player is in the zone. */
  lastSequence(player: string): number;
  /** Told of every command that did not become an operation. */
  dropped(mailboxClass: MailboxClass, reason: DropReason): void;
  /** False: inputs wait, everything else goes on. */
  admitsInputs(): boolean;
  readonly maxRecordBytes: number;
  readonly maxOperations: number;
}

type Command<K extends ZoneCommand['kind']> = Extract<ZoneCommand, { kind: K }>;
/** An operation that waits for the tick that will execute it. */
type Waiting = Operation extends infer Each ? (Each extends Operation ? Omit<Each, 'tick'> : never) : never;

/** The operations of one record, within its bounds. */
class Drain {
  readonly operations: Operation[] = [];
  readonly #tick: number;
  readonly #maxBytes: number;
  readonly #maxOperations: number;
  #sizeBytes = 0;

  constructor(tick: number, options: MailboxOptions) {
    this.#tick = tick;
    this.#maxBytes = options.maxRecordBytes;
    this.#maxOperations = options.maxOperations;
  }

  /** The tick that executes what is taken. */
  get tick(): number {
    return this.#tick;
  }

  /** False when it does not fit any more; the first always does. */
  take(waiting: Waiting): boolean {
    return this.takeWhole({ ...waiting, tick: this.#tick } as Operation);
  }

  /** The same for an operation that names its tick. */
  takeWhole(operation: Operation): boolean {
    const sizeBytes = this.#sizeBytes + operationSizeBytes(operation);
    const isFull = sizeBytes > this.#maxBytes || this.operations.length >= this.#maxOperations;
    if (isFull && this.operations.length > 0) return false;
    this.#sizeBytes = sizeBytes;
    this.operations.push(operation);
    return true;
  }
}

/** What waits for the zone's next record. Commands come from outside: each is checked here, and none is ever thrown on. */
export class Mailbox {
  readonly #options: MailboxOptions;
  readonly #control = new RingBuffer<Waiting>(CONTROL_CAPACITY);
  readonly #handoffs = new Map<string, Waiting>();
  readonly #receipts = new Map<number, Waiting>();
  #settledUpTo = 0;
  readonly #inputs = new Map<string, InputQueue>();
  /** `#inputs`, sorted by player; undefined when somebody came or went. */
  #order: readonly (readonly [player: string, queue: InputQueue])[] | undefined;
  readonly #ai: Extract<Waiting, { kind: 'input' }>[] = [];
  /** Joins that wait, by player: their inputs may come right behind. */
  readonly #joining = new Map<string, number>();
  readonly #taken: QueuedInput[] = [];
  #inputCount = 0;
  #pruneAt = MIN_PRUNED_QUEUES;
  #superseded = 0;

  constructor(options: MailboxOptions) {
    this.#options = options;
  }

  /** Everything that waits. */
  get depth(): number {
    const settled = this.#settledUpTo > 0 ? 1 : 0;
    const messages = this.#control.length + this.#handoffs.size + this.#receipts.size + settled;
    return messages + this.#inputCount + this.#ai.length;
  }

  get superseded(): number {
    return this.#superseded;
  }

  /** Takes one command in; `tick` is the zone's current one. `presence` is not for the mailbox and is ignored. */
  push(gateway: string, command: ZoneCommand, tick: number): void {
    const reason = this.#take(gateway, command, tick);
    if (reason !== undefined) this.#options.dropped(classOf(command), reason);
  }

  /** Every effect up to this sequence was applied. */
  settleEffects(upTo: number): void {
    this.#settledUpTo = Math.max(this.#settledUpTo, upTo);
  }

  settleHandoff(handoff: number, accepted: boolean, reason: string): void {
    const refusal = this.#takeReceipt(handoff, accepted, reason);
    if (refusal !== undefined) this.#options.dropped('receipt', refusal);
  }

  gatewayLost(gateway: string): void {
    if (!this.#control.push({ kind: 'gateway-lost', gateway })) this.#options.dropped('control', 'full');
  }

  /**
   * The operations of the record of `tick`, at most as many as fit: control in order of arrival, handoffs, receipts,
   * settled effects, then inputs by (player, sequence), then the ai's. The rest waits for the next record.
   */
  drain(tick: number): Operation[] {
    const drain = new Drain(tick, this.#options);
    const isComplete =
      this.#drainControl(drain) && drainMap(this.#handoffs, drain) && drainMap(this.#receipts, drain);
    if (isComplete) this.#drainSettled(drain);
    if (!this.#options.admitsInputs()) return drain.operations;
    if (isComplete && this.#inputCount > 0) this.#drainInputs(drain, tick);
    if (isComplete && this.#ai.length > 0) this.#drainAi(drain);
    return drain.operations;
  }

  /** Why a command is not taken, or undefined when it is. */
  #take(gateway: string, command: ZoneCommand, tick: number): DropReason | undefined {
    switch (command.kind) {
      case 'join':
        return this.#takeJoin(gateway, command);
      case 'drop':
        return this.#takeDrop(gateway, command.player);
      case 'leave':
        return this.#takeLeave(command);
      case 'input':
        return command.source === 'ai' ? this.#takeAi(command) : this.#takeInput(command, tick);
      case 'handoff':
        return this.#takeHandoff(command);
      case 'handoff-receipt':
        return this.#takeReceipt(command.handoff, command.accepted, command.reason);
      case 'presence':
        return undefined;
    }
  }

  #takeJoin(gateway: string, command: Command<'join'>): DropReason | undefined {
    const { player, character } = command;
    if (gateway === '' || command.name === '') return 'bad-command';
    if (character.length > OPERATION_LIMITS.characterBytes) return 'too-large';
    if (this.#control.length >= JOIN_CAPACITY) return 'full';
    const name = fitUtf8(command.name, OPERATION_LIMITS.nameBytes);
    const short = fitUtf8(gateway, OPERATION_LIMITS.gatewayBytes);
    const refusal = this.#takeControl(player, { kind: 'join', player, name, character, gateway: short });
    if (refusal === undefined) this.#joining.set(player, (this.#joining.get(player) ?? 0) + 1);
    return refusal;
  }

  #takeDrop(gateway: string, player: string): DropReason | undefined {
    const short = fitUtf8(gateway, OPERATION_LIMITS.gatewayBytes);
    return this.#takeControl(player, { kind: 'drop', player, gateway: short });
  }

  #takeLeave(command: Command<'leave'>): DropReason | undefined {
    const { player } = command;
    const reason = fitUtf8(command.reason, OPERATION_LIMITS.reasonBytes);
    return this.#takeControl(player, { kind: 'leave', player, reason });
  }

  #takeControl(player: string, waiting: Waiting): DropReason | undefined {
    if (parseHex64(player) === undefined) return 'bad-command';
    return this.#control.push(waiting) ? undefined : 'full';
  }

  #takeHandoff(command: Command<'handoff'>): DropReason | undefined {
    const { from, handoff, lowWater, bytes } = command;
    if (!isZoneId(from) || !isU32(handoff) || !isU32(lowWater)) return 'bad-command';
    if (bytes.length > OPERATION_LIMITS.handoffBytes) return 'too-large';
    const key = `${from}/${handoff}`;
    if (!this.#handoffs.has(key) && this.#handoffs.size >= HANDOFF_CAPACITY) return 'full';
    this.#handoffs.set(key, { kind: 'handoff-in', from, handoff, lowWater, bytes });
    return undefined;
  }

  #takeReceipt(handoff: number, accepted: boolean, reason: string): DropReason | undefined {
    if (!isU32(handoff)) return 'bad-command';
    if (!this.#receipts.has(handoff) && this.#receipts.size >= HANDOFF_CAPACITY) return 'full';
    const short = fitUtf8(reason, OPERATION_LIMITS.reasonBytes);
    this.#receipts.set(handoff, { kind: 'handoff-done', handoff, accepted, reason: short });
    return undefined;
  }

  #takeInput(command: Command<'input'>, tick: number): DropReason | undefined {
    const { sequence, after, input, value } = command;
    if (!isU32(sequence) || sequence === 0 || !isU32(after)) return 'bad-command';
    const queue = this.#queueFor(command);
    if (queue === undefined) return 'unknown-player';
    const policy = this.#options.policyOf(input);
    if (policy === undefined || value.length > BATCH_LIMITS.maxValueBytes) {
      queue.skip(sequence, after);
      return policy === undefined ? 'unknown-input' : 'too-large';
    }
    const target = Math.min(command.tick, tick + MAX_DELAY_TICKS);
    const outcome = queue.push({ sequence, target, input, policy, value }, after);
    if (outcome === 'queued') this.#inputCount += 1;
    if (outcome === 'superseded') this.#superseded += 1;
    return outcome === 'full' || outcome === 'gap' ? outcome : undefined;
  }

  /** An input that is never to be executed: those behind it do not wait for it. */
  skip(command: Command<'input'>): void {
    this.#queueFor(command)?.skip(command.sequence, command.after);
  }

  /** What the player has executed is looked up when an input does not simply come behind the one before. */
  #queueFor({ player, sequence, after }: Command<'input'>): InputQueue | undefined {
    const known = this.#inputs.get(player);
    if (known?.expects(sequence, after)) return known;
    const last = this.#options.lastSequence(player);
    if (known !== undefined) {
      known.learn(Math.max(0, last));
      return known;
    }
    if (last < 0 && !this.#joining.has(player)) return undefined;
    if (this.#inputs.size >= this.#pruneAt) this.#prune();
    const queue = new InputQueue(INPUTS_PER_PLAYER, Math.max(0, last));
    this.#inputs.set(player, queue);
    this.#order = undefined;
    return queue;
  }

  #takeAi(command: Command<'input'>): DropReason | undefined {
    const { player, input, value } = command;
    if (this.#options.policyOf(input) === undefined) return 'unknown-input';
    if (value.length > BATCH_LIMITS.maxValueBytes) return 'too-large';
    if (this.#options.lastSequence(player) < 0) return 'unknown-player';
    const own = this.#ai.filter((waiting) => waiting.player === player).length;
    if (own >= AI_PER_PLAYER || this.#ai.length >= AI_CAPACITY) return 'full';
    this.#ai.push({ kind: 'input', player, sequence: 0, input, source: 'ai', value });
    return undefined;
  }

  #drainControl(drain: Drain): boolean {
    for (let next = this.#control.peek(); next !== undefined; next = this.#control.peek()) {
      if (!drain.take(next)) return false;
      this.#control.shift();
      if (next.kind === 'join') this.#joined(next.player);
      // They number their inputs anew when they come back.
      else if (next.kind === 'leave') this.#forget(next.player);
    }
    return true;
  }

  #joined(player: string): void {
    const waiting = (this.#joining.get(player) ?? 1) - 1;
    if (waiting > 0) this.#joining.set(player, waiting);
    else this.#joining.delete(player);
  }

  #drainSettled(drain: Drain): void {
    if (this.#settledUpTo === 0) return;
    if (drain.take({ kind: 'effects-settled', upTo: this.#settledUpTo })) this.#settledUpTo = 0;
  }

  #drainInputs(drain: Drain, tick: number): void {
    this.#order ??= [...this.#inputs].sort(([left], [right]) => (left < right ? -1 : 1));
    for (const [player, queue] of this.#order) {
      if (queue.length === 0) continue;
      const last = this.#options.lastSequence(player);
      if (last < 0 && !this.#joining.has(player) && !joinsNow(drain.operations, player)) this.#forget(player);
      else if (!this.#drainPlayer(drain, player, queue, Math.max(0, last), tick)) return;
    }
  }

  /** Queues are kept while their players play; those of players who went are cleared away now and then. */
  #prune(): void {
    for (const [player, queue] of this.#inputs) {
      if (queue.length === 0 && !this.#isExpected(player)) this.#inputs.delete(player);
    }
    this.#pruneAt = Math.max(MIN_PRUNED_QUEUES, this.#inputs.size * 2);
    this.#order = undefined;
  }

  /** He is here, or about to be. */
  #isExpected(player: string): boolean {
    return this.#options.lastSequence(player) >= 0 || this.#joining.has(player);
  }

  #forget(player: string): void {
    const queue = this.#inputs.get(player);
    if (queue === undefined) return;
    this.#inputs.delete(player);
    this.#order = undefined;
    this.#inputCount -= queue.length;
    for (let count = queue.length; count > 0; count -= 1) this.#options.dropped('input', 'unknown-player');
  }

  /** False when the record is full. */
  #drainPlayer(drain: Drain, player: string, queue: InputQueue, last: number, tick: number): boolean {
    const before = queue.length;
    const supersededBefore = queue.superseded;
    this.#taken.length = 0;
    queue.take(tick, last, this.#taken);
    let index = 0;
    for (; index < this.#taken.length; index += 1) {
      const { sequence, input, value } = this.#taken[index] as QueuedInput;
      const { tick: at } = drain;
      if (!drain.takeWhole({ kind: 'input', tick: at, player, sequence, input, source: 'player', value }))
        break;
    }
    const isWhole = index === this.#taken.length;
    if (!isWhole) queue.putBack(this.#taken.slice(index));
    this.#inputCount += queue.length - before;
    this.#superseded += queue.superseded - supersededBefore;
    return isWhole;
  }

  #drainAi(drain: Drain): void {
    this.#ai.sort((left, right) => (left.player < right.player ? -1 : left.player > right.player ? 1 : 0));
    let count = 0;
    while (count < this.#ai.length && drain.take(this.#ai[count] as Waiting)) count += 1;
    this.#ai.splice(0, count);
  }
}

/** Which of the mailbox's classes a command belongs to. */
export function classOf(command: ZoneCommand): MailboxClass {
  switch (command.kind) {
    case 'input':
      return command.source === 'ai' ? 'ai' : 'input';
    case 'handoff':
      return 'handoff';
    case 'handoff-receipt':
      return 'receipt';
    default:
      return 'control';
  }
}

function joinsNow(operations: readonly Operation[], player: string): boolean {
  return operations.some((operation) => operation.kind === 'join' && operation.player === player);
}

function drainMap<K>(waiting: Map<K, Waiting>, drain: Drain): boolean {
  for (const [key, operation] of waiting) {
    if (!drain.take(operation)) return false;
    waiting.delete(key);
  }
  return true;
}

function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}
