import { type AiInput, type AiSight, aiCalls, isRefusal, type Refusal } from '@overworld/contracts';
import type { ServiceCaller } from '@overworld/platform';
import type { Clock } from '@overworld/ports';
import { LIMITS } from '@overworld/protocol';
import { type AskedInChat, pushInput } from './input-door.ts';
import type { PlayerConnection } from './player-connection.ts';
import type { Seat } from './seat.ts';

const MAX_OTHERS = 64;

export type AiOutcome = { readonly said: string; readonly inputs: number } | Refusal;

/** Brings sentences to the ai service and its answers into the zone, as inputs of the player with the source `ai`. */
export class AiDesk {
  readonly #services: ServiceCaller;
  readonly #clock: Clock;

  constructor(services: ServiceCaller, clock: Clock) {
    this.#services = services;
    this.#clock = clock;
  }

  async ask(connection: PlayerConnection, seat: Seat, text: string): Promise<AiOutcome> {
    const { place, ruleset } = seat.link;
    const answer = await this.#services.call(aiCalls.command, {
      player: connection.player,
      zone: place.zone,
      ruleset: ruleset.name,
      text,
      sight: sightOf(connection, seat),
    });
    if (isRefusal(answer)) return answer;
    for (const input of answer.inputs) this.#give(connection, seat, input);
    return { said: answer.said, inputs: answer.inputs.length };
  }

  /**
   * The chat line itself becomes what the ai says about it, so that its sequence is used up like any other; a sentence that
   * was not understood is refused.
   */
  async answerChat(connection: PlayerConnection, seat: Seat, asked: AskedInChat): Promise<void> {
    const { sequence, input, value } = asked;
    const answer = await this.ask(connection, seat, asked.text.slice(0, LIMITS.aiTextMaxChars));
    const about = { sequence, input: input.name };
    if (connection.seat !== seat) return;
    if (isRefusal(answer)) {
      const reason = answer.refused === 'not-understood' ? 'not-understood' : 'busy';
      connection.refuse({ ...about, reason, detail: answer.detail });
      return;
    }
    const said = input.parse({ ...value, text: answer.said });
    // When the player has gone on meanwhile, the zone takes it as the ai's own input.
    const isLate = connection.inputs.last > sequence;
    const of = { sequence: isLate ? 0 : sequence, tick: 0 };
    const refused = said.ok ? pushInput(seat, input, said.value, of) : 'bad-input';
    if (refused !== undefined)
      connection.refuse({ ...about, reason: refused, detail: 'the answer does not fit' });
  }

  /** Checked by the ruleset's own schema, like everything that comes from outside. */
  #give(connection: PlayerConnection, seat: Seat, { name, value, afterMs }: AiInput): void {
    const input = seat.link.ruleset.inputs.find((candidate) => candidate.name === name);
    const parsed = input?.parse(value);
    if (input === undefined || !parsed?.ok) return;
    const give = (): void => {
      if (connection.seat === seat) pushInput(seat, input, parsed.value, { sequence: 0, tick: 0 });
    };
    if (afterMs === 0) give();
    else this.#clock.after(afterMs, give);
  }
}

/** What the player sees: himself, other players and named places. Nothing else is told to the ai. */
function sightOf(connection: PlayerConnection, seat: Seat): AiSight {
  const { mirror, place } = seat.link;
  const { rows, places, tick } = mirror;
  const at = (row: number): { x: number; y: number } | undefined =>
    rows.isShown(row) && places.isPlaced(row)
      ? { x: places.x(row, tick), y: places.y(row, tick) }
      : undefined;
  const own = at(mirror.players.get(connection.player)?.avatar ?? -1) ?? { x: 0, y: 0 };
  const others: { name: string; x: number; y: number }[] = [];
  for (const player of mirror.players.values()) {
    const where = player.id === connection.player ? undefined : at(player.avatar);
    if (where === undefined || others.length >= MAX_OTHERS) continue;
    const distance = (where.x - own.x) ** 2 + (where.y - own.y) ** 2;
    if (distance <= places.radius * places.radius) others.push({ name: player.name, ...where });
  }
  return { ...own, others, places: placesOf(place.params) };
}

/** Parameters of a zone that are points have a name: `gate: {x, y}` is the gate. */
function placesOf(params: unknown): { name: string; x: number; y: number }[] {
  if (typeof params !== 'object' || params === null) return [];
  const found: { name: string; x: number; y: number }[] = [];
  for (const [name, value] of Object.entries(params)) {
    const { x, y } = (value ?? {}) as { x?: unknown; y?: unknown };
    if (typeof x === 'number' && typeof y === 'number') found.push({ name, x, y });
  }
  return found;
}
