import type { ChatMessage, ChatTo, NoticeMessage, PresenceMessage } from '@overworld/protocol';
import { Listeners, type Unlisten } from './listeners.ts';
import { refusalOf, textField } from './refusal.ts';

const ANSWER_TIMEOUT_MS = 5_000;

export type ChatEvents = {
  readonly line: ChatMessage;
  readonly presence: PresenceMessage;
  readonly notice: NoticeMessage;
};

/** Who is in the player's world: a count, and at most 100 of the names. */
export interface WorldPlayers {
  readonly world: string;
  readonly count: number;
  readonly names: readonly string[];
}

type Ask = (name: string, value: unknown, timeoutMs: number) => Promise<unknown>;

/** Talk with everybody in the world or the zone, whichever server process they are connected to; and who they are. */
export class Chat {
  readonly #ask: Ask;
  readonly #listeners: Listeners<ChatEvents>;

  constructor(ask: Ask, failed: (error: unknown) => void) {
    this.#ask = ask;
    this.#listeners = new Listeners(failed);
  }

  /**
   * Says a line of at most 200 characters to everybody in the `world` or the `zone` of the player, who hears it, too.
   * Resolves when it has gone out. Throws `OverworldError`: `chat-unavailable` while it cannot reach everybody (the game
   * goes on; try again later), `rate-limited`, `not-joined`, `bad-request` for a line with nothing to show, `unreachable`
   * without a connection. A line is never sent again by itself: whether it was said when no answer came is not known.
   */
  async send(to: ChatTo, text: string): Promise<void> {
    accepted(await this.#ask('chat', { to, text }, ANSWER_TIMEOUT_MS), 'the line was not said');
  }

  /** Who is in the world, up to some seconds ago. Throws `OverworldError`. */
  async who(): Promise<WorldPlayers> {
    const answer = await this.#ask('who', {}, ANSWER_TIMEOUT_MS);
    accepted(answer, 'nobody answered');
    const { count, names } = answer as { count?: unknown; names?: unknown };
    return {
      world: textField(answer, 'world') ?? '',
      count: typeof count === 'number' ? count : 0,
      names: namesOf(names),
    };
  }

  /**
   * `line`: somebody said something, oneself included. `presence`: players came to the world or went. `notice`: the
   * operators say something to everybody. All of them are told once: what is said while the connection is away is lost.
   */
  on<Name extends keyof ChatEvents & string>(
    name: Name,
    listener: (value: ChatEvents[Name]) => void,
  ): Unlisten {
    return this.#listeners.on(name, listener);
  }

  /** Internal: an event of the gateway; false when it is not about talk. What is damaged is dropped. */
  event(name: string, value: unknown): boolean {
    if (name === 'chat') this.#line(value);
    else if (name === 'presence') this.#presence(value);
    else if (name === 'notice') this.#notice(value);
    else return false;
    return true;
  }

  #line(value: unknown): void {
    const [from, to, text] = [textField(value, 'from'), textField(value, 'to'), textField(value, 'text')];
    if (from === undefined || text === undefined || (to !== 'world' && to !== 'zone')) return;
    this.#listeners.tell('line', { from, to, text });
  }

  #presence(value: unknown): void {
    const world = textField(value, 'world');
    if (world === undefined) return;
    const { count, joined, left } = value as { count?: unknown; joined?: unknown; left?: unknown };
    if (typeof count !== 'number') return;
    this.#listeners.tell('presence', { world, count, joined: namesOf(joined), left: namesOf(left) });
  }

  #notice(value: unknown): void {
    const text = textField(value, 'text');
    if (text !== undefined) this.#listeners.tell('notice', { text });
  }
}

function namesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

function accepted(answer: unknown, fallback: string): void {
  if ((answer as { ok?: unknown } | null)?.ok === true) return;
  throw refusalOf(answer, fallback);
}
