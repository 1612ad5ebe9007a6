import type { AiInput } from '@overworld/contracts';
import type { AnyRuleset } from '@overworld/ruleset';
import type { Command, Interpretation, Interpreter } from './interpreter.ts';
import { DIRECTIONS, type Intention, understand } from './sentence.ts';

/** Rulesets scale a direction differently: hundredths of full speed, or -1, 0 and 1. The first that fits is taken. */
const SCALES = [100, 1] as const;
/** What a step of a game without `go` is taken to be, to turn metres into a time. */
const ASSUMED_MPS = 4;
const MOST_MS = 60_000;

const EXAMPLES = 'Try "walk north", "walk 10 metres east", "go to the gate", "follow Ada" or "stop".';

/** Understands orders to move, stop and follow, without asking anyone. */
export class LocalInterpreter implements Interpreter {
  readonly #rulesets: ReadonlyMap<string, AnyRuleset>;

  constructor(rulesets: ReadonlyMap<string, AnyRuleset>) {
    this.#rulesets = rulesets;
  }

  interpret(command: Command): Promise<Interpretation> {
    const ruleset = this.#rulesets.get(command.ruleset);
    const intention = understand(command.text);
    if (ruleset === undefined || intention === undefined) {
      return Promise.resolve(refuse(`I did not understand that. ${EXAMPLES}`));
    }
    return Promise.resolve(new Planner(ruleset, command).plan(intention));
  }
}

function refuse(detail: string): Interpretation {
  return { refused: 'not-understood', detail };
}

/** Fits one intention to what the ruleset lets players do. */
class Planner {
  readonly #ruleset: AnyRuleset;
  readonly #command: Command;

  constructor(ruleset: AnyRuleset, command: Command) {
    this.#ruleset = ruleset;
    this.#command = command;
  }

  plan(intention: Intention): Interpretation {
    switch (intention.kind) {
      case 'stop':
        return this.#answer('Stopping.', [this.#step(0, 0, 0)]);
      case 'follow':
        return this.#follow(intention.name);
      case 'go':
        return this.#goTo(intention.place);
      case 'go-to-point':
        return this.#go(intention.x, intention.y, 'Going there.');
      case 'walk':
        return this.#walk(intention);
    }
  }

  #answer(said: string, inputs: readonly (AiInput | undefined)[]): Interpretation {
    const usable = inputs.filter((input) => input !== undefined);
    if (usable.length < inputs.length)
      return refuse(`${this.#ruleset.name} has no input for that. ${EXAMPLES}`);
    return { said, inputs: usable };
  }

  /** The input, when the ruleset has one of this name that accepts the value. */
  #input(name: string, value: AiInput['value'], afterMs = 0): AiInput | undefined {
    const input = this.#ruleset.inputs.find((candidate) => candidate.name === name);
    return input?.parse(value).ok ? { name, value, afterMs } : undefined;
  }

  #step(dx: number, dy: number, afterMs: number): AiInput | undefined {
    for (const scale of SCALES) {
      const value = { dx: Math.round(dx * scale), dy: Math.round(dy * scale) };
      const input = this.#input('move', value, afterMs);
      if (input !== undefined) return input;
    }
    return undefined;
  }

  #follow(name: string): Interpretation {
    const other = this.#command.sight.others.find((candidate) => candidate.name.toLowerCase() === name);
    if (other === undefined) return refuse(`Nobody called ${name} is in sight.`);
    const input = this.#input('follow', { name: other.name });
    if (input !== undefined) return this.#answer(`Following ${other.name}.`, [input]);
    return this.#go(other.x, other.y, `Going to where ${other.name} is.`);
  }

  #goTo(place: string): Interpretation {
    const { others, places } = this.#command.sight;
    const named = [...places, ...others].find((candidate) => candidate.name.toLowerCase() === place);
    if (named === undefined) return refuse(`I know no place called ${place}. ${EXAMPLES}`);
    return this.#go(named.x, named.y, `Going to ${named.name}.`);
  }

  #go(x: number, y: number, said: string): Interpretation {
    const input = this.#input('go', { x, y });
    if (input !== undefined) return this.#answer(said, [input]);
    const { sight } = this.#command;
    const [dx, dy] = [x - sight.x, y - sight.y];
    const metres = Math.hypot(dx, dy);
    if (metres < 1) return this.#answer('Already there.', []);
    return this.#stroll(dx / metres, dy / metres, (metres / ASSUMED_MPS) * 1000, said);
  }

  #walk({ direction, metres, seconds }: Extract<Intention, { kind: 'walk' }>): Interpretation {
    const [dx, dy] = DIRECTIONS[direction] as readonly [number, number];
    if (seconds !== undefined)
      return this.#stroll(dx, dy, seconds * 1000, `Walking ${direction} for ${seconds} s.`);
    if (metres === undefined) return this.#answer(`Walking ${direction}.`, [this.#step(dx, dy, 0)]);
    const { sight } = this.#command;
    return this.#go(sight.x + dx * metres, sight.y + dy * metres, `Walking ${metres} m ${direction}.`);
  }

  #stroll(dx: number, dy: number, durationMs: number, said: string): Interpretation {
    const afterMs = Math.min(MOST_MS, durationMs);
    return this.#answer(said, [this.#step(dx, dy, 0), this.#step(0, 0, afterMs)]);
  }
}
