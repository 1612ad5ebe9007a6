import { InputSpans, LIMITS, type RefusalReason, type RefusedMessage } from '@overworld/protocol';
import type { CompiledInput } from '@overworld/ruleset';
import { inputMessage } from './handshake.ts';
import type { PlayerConnection } from './player-connection.ts';
import type { Seat } from './seat.ts';

/** A line of chat that is meant for the ai. */
const AI_PREFIX = '/ai ';

export interface InputDoorPorts {
  now(): number;
  /** A chat line that asks the ai for something. */
  askAi(connection: PlayerConnection, seat: Seat, asked: AskedInChat): void;
}

/** What was asked, and the chat input that it came in: its sequence has to be used up. */
export interface AskedInChat {
  readonly text: string;
  readonly sequence: number;
  readonly input: CompiledInput;
  readonly value: { readonly text: string };
}

interface Offer {
  readonly sequence: number;
  readonly tick: number;
  readonly value: unknown;
}

/** One of a frame's inputs: the value as it came is `bytes[starts[index], ends[index])`, borrowed. */
interface OfFrame {
  readonly bytes: Uint8Array;
  readonly spans: InputSpans;
  readonly index: number;
}

/** Lets in what the zone's ruleset knows and accepts, at the rate that a player may; the rest is refused by name. */
export class InputDoor {
  readonly #ports: InputDoorPorts;
  readonly #spans = new InputSpans();

  constructor(ports: InputDoorPorts) {
    this.#ports = ports;
  }

  /** An `input` event, as it came. */
  message(connection: PlayerConnection, message: unknown): void {
    if (connection.isClosed) return;
    const refused = this.#takeMessage(connection, message);
    if (refused !== undefined) connection.refuse(refused);
  }

  /**
   * An input frame: a bare binary message, `bytes[from, to)` or all of it. Whether all of it was let in: the rate of inputs bounds
   * those frames, and that of messages has to bound all others.
   */
  frame(connection: PlayerConnection, bytes: unknown, from?: number, to?: number): boolean {
    if (connection.isClosed) return true;
    const fault = bytes instanceof Uint8Array ? this.#spans.read(bytes, from, to) : 'no bytes';
    if (fault === undefined) return this.#takeFrame(connection, bytes as Uint8Array);
    return refuseFrame(connection, 'bad-request', `no input frame: ${fault}`);
  }

  #takeMessage(connection: PlayerConnection, message: unknown): RefusedMessage | undefined {
    if (!connection.inputBucket.take(this.#ports.now())) {
      const sequence = sequenceOf(message);
      if (sequence === undefined || !connection.inputs.isKnown(sequence)) return limited(sequence);
      connection.inputs.cameAgain(sequence);
      return undefined;
    }
    const parsed = inputMessage.safeParse(message);
    if (!parsed.success)
      return { reason: 'bad-request', detail: 'an input is {sequence, name, value, tick?}' };
    const { name, sequence } = parsed.data;
    const about = { sequence, input: name };
    const { seat } = connection;
    if (seat === undefined) return { ...about, reason: 'not-joined', detail: 'you are in no zone' };
    const input = seat.link.ruleset.inputs.find((candidate) => candidate.name === name);
    if (input !== undefined) return this.#offer(connection, seat, input, parsed.data);
    return { ...about, reason: 'unknown-input', detail: `there is no input ${name}` };
  }

  /** Whether all of it was for this zone, and was let in. */
  #takeFrame(connection: PlayerConnection, bytes: Uint8Array): boolean {
    const { seat } = connection;
    if (seat === undefined) return refuseFrame(connection, 'not-joined', 'you are in no zone');
    if (this.#spans.zoneIndex === seat.index) return this.#takeInputs(connection, seat, bytes);
    // For the zone before a handoff: the client sends it again once it knows the new zone, or this one again when that had no room.
    const { count, sequences } = this.#spans;
    for (let index = 0; index < count && connection.inputBucket.take(this.#ports.now()); index++)
      connection.inputs.letIn(sequences[index] as number);
    return false;
  }

  #takeInputs(connection: PlayerConnection, seat: Seat, bytes: Uint8Array): boolean {
    let isAccepted = true;
    let limit: RefusedMessage | undefined;
    const spans = this.#spans;
    for (let index = 0; index < spans.count; index++) {
      // One refusal for all that come behind it: otherwise a flood would be answered by a flood.
      const sequence = spans.sequences[index] as number;
      if (limit !== undefined) {
        connection.inputs.refused(sequence);
        continue;
      }
      if (!connection.inputBucket.take(this.#ports.now())) {
        // What was let in before may be executed yet: it is not refused, and comes again when it has to.
        isAccepted = false;
        if (connection.inputs.isKnown(sequence)) connection.inputs.cameAgain(sequence);
        else limit = limited(sequence);
        continue;
      }
      const refused = this.#takeInput(connection, seat, { bytes, spans, index });
      if (refused === undefined) continue;
      isAccepted = false;
      if (refused.reason === 'rate-limited') limit = refused;
      else connection.refuse(refused);
    }
    if (limit !== undefined) connection.refuse(limit);
    return isAccepted;
  }

  #takeInput(connection: PlayerConnection, seat: Seat, one: OfFrame): RefusedMessage | undefined {
    const { bytes, spans, index } = one;
    const sequence = spans.sequences[index] as number;
    const kind = spans.kinds[index] as number;
    const input = seat.link.ruleset.inputs[kind];
    if (input === undefined)
      return { sequence, reason: 'unknown-input', detail: `there is no input ${kind}` };
    const from = spans.starts[index] as number;
    const to = spans.ends[index] as number;
    const tick = spans.ticks[index] as number;
    if (input.isKnownGood(bytes, from, to) && !isTalk(input)) {
      seat.push({ kind, sequence, tick, bytes, from, to });
      letIn(connection, seat, sequence);
      return undefined;
    }
    const decoded = input.codec.decode(bytes, from, to);
    if (decoded.ok) {
      const offer = { sequence, tick, value: decoded.value };
      return this.#offer(connection, seat, input, offer, one);
    }
    return { sequence, input: input.name, reason: 'bad-input', detail: 'the value is damaged' };
  }

  #offer(
    connection: PlayerConnection,
    seat: Seat,
    input: CompiledInput,
    { sequence, tick, value }: Offer,
    one?: OfFrame,
  ): RefusedMessage | undefined {
    const { name } = input;
    const parsed = input.parse(value);
    if (!parsed.ok) return { sequence, input: name, reason: 'bad-input', detail: parsed.detail };
    if (isTalk(input)) {
      const asked = askedOfAi(parsed.value);
      // A line that comes again was counted before; the ai is asked each time.
      const isCounted = asked === undefined && connection.inputs.isCounted(sequence);
      if (!isCounted && !connection.chatBucket.take(this.#ports.now()))
        return { ...limited(sequence), input: name };
      if (asked !== undefined) {
        this.#ports.askAi(connection, seat, { ...asked, sequence, input });
        return undefined;
      }
    }
    if (one !== undefined && input.isPlain) {
      const { bytes, spans, index } = one;
      const [from, to] = [spans.starts[index] as number, spans.ends[index] as number];
      seat.push({ kind: input.kind, sequence, tick, bytes, from, to });
    } else {
      const refused = pushInput(seat, input, parsed.value, { sequence, tick });
      if (refused !== undefined)
        return { sequence, input: name, reason: refused, detail: 'the value cannot be sent' };
    }
    if (isTalk(input)) connection.inputs.count(sequence);
    letIn(connection, seat, sequence);
    return undefined;
  }
}

function isTalk({ name }: CompiledInput): boolean {
  return name === 'say' || name === 'chat';
}

function letIn(connection: PlayerConnection, seat: Seat, sequence: number): void {
  connection.watch(sequence);
  seat.link.inputs += 1;
}

/** Tells the client why nothing of a frame was let in. */
function refuseFrame(connection: PlayerConnection, reason: RefusalReason, detail: string): false {
  connection.refuse({ reason, detail });
  return false;
}

function limited(sequence: number | undefined): RefusedMessage {
  return {
    ...(sequence === undefined ? {} : { sequence }),
    reason: 'rate-limited',
    detail: 'too many inputs',
  };
}

function sequenceOf(message: unknown): number | undefined {
  const sequence = (message as { sequence?: unknown } | null | undefined)?.sequence;
  return typeof sequence === 'number' ? sequence : undefined;
}

/** Hands an accepted value to the zone. While the player is between two zones it is not sent: the client sends it again. */
export function pushInput(
  seat: Seat,
  input: CompiledInput,
  value: unknown,
  { sequence, tick }: { readonly sequence: number; readonly tick: number },
): RefusalReason | undefined {
  const bytes = input.codec.encode(value);
  if (bytes === undefined) return 'bad-input';
  if (bytes.length > LIMITS.maxInputBytes) return 'too-large';
  seat.push({ kind: input.kind, sequence, tick, bytes, from: 0, to: bytes.length });
  return undefined;
}

function askedOfAi(
  value: unknown,
): { readonly text: string; readonly value: { readonly text: string } } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const line = (value as { text?: unknown }).text;
  if (typeof line !== 'string' || !line.startsWith(AI_PREFIX)) return undefined;
  return { text: line.slice(AI_PREFIX.length), value: value as { text: string } };
}
