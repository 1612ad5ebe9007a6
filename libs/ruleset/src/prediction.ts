import { columnsOf, type AnyZone } from './dynamic.ts';
import { writeComponent } from './character.ts';
import type { AnyRuleset } from './compile.ts';
import { ZoneRuntime } from './runtime.ts';
import type { Player } from './zone.ts';

/**
 * The own entity, run ahead of the server by the ruleset's own code. It holds nothing else: events, effects, spawns and
 * handoffs of the handlers do nothing here.
 */
export class Prediction {
  readonly ruleset: AnyRuleset;
  readonly #runtime: ZoneRuntime;
  readonly #row: number;
  readonly #avatar: number;

  constructor(ruleset: AnyRuleset, zoneId: string, params: unknown, player: string) {
    this.ruleset = ruleset;
    const birth = { zoneId, zoneNumber: 0, seed: 'prediction', params, idKey: [1, 2] as const };
    this.#runtime = ZoneRuntime.create(ruleset, birth, { predicting: true });
    this.#row = this.#runtime.table.add(player, 'self', '');
    this.#avatar = this.#runtime.state.spawn();
    this.#runtime.table.setAvatar(this.#row, this.#avatar);
  }

  /** Whether an input of this name may be run ahead. */
  predicts(input: string): boolean {
    return this.ruleset.definition.predict?.inputs.includes(input) ?? false;
  }

  /** Takes over what the server says of the own entity at a tick. */
  reset(tick: number, component: string, values: { readonly [field: string]: unknown }): void {
    this.#runtime.jump(tick);
    writeComponent(this.#runtime.state, this.ruleset.definition.components, this.#avatar, component, values);
  }

  /** Executes an input, with a value that its schema accepts. */
  input(name: string, value: unknown): void {
    this.ruleset.definition.input[name]?.(
      this.#runtime.context as unknown as AnyZone,
      this.#row as Player,
      value as never,
    );
  }

  /** Executes one tick of the own entity's movement. */
  step(tick: number): void {
    this.#runtime.jump(tick);
    this.ruleset.definition.predict?.step(this.#runtime.context as unknown as AnyZone, this.#avatar);
  }

  /** The value of a number field. */
  read(component: string, field: string): number {
    return columnsOf(this.#runtime.state)[component][field][this.#avatar];
  }
}
