import { encodeBatch, subjects, type ZoneCommand } from '@overworld/contracts';
import type { Bus } from '@overworld/ports';
import type { AnyRuleset } from '@overworld/ruleset';

const BEAT_MS = 1000;
const INPUT_EVERY_MS = 100;
const TAU = 2 * Math.PI;

/** The players of a zone, as their gateway tells the zone of them: ten inputs a second each, one batch for all. */
export class CrowdGateway {
  readonly #bus: Bus;
  readonly #zone: string;
  readonly #name: string;
  readonly #ruleset: AnyRuleset;
  readonly #players: readonly string[];
  readonly #timers: NodeJS.Timeout[] = [];
  #sequence = 0;

  constructor(bus: Bus, zone: string, name: string, ruleset: AnyRuleset, players: number) {
    this.#bus = bus;
    this.#zone = zone;
    this.#name = name;
    this.#ruleset = ruleset;
    this.#players = Array.from({ length: players }, (_, index) => (index + 1).toString(16).padStart(16, '0'));
  }

  start(): void {
    const character = new Uint8Array(0);
    this.#send([{ kind: 'presence' }]);
    this.#send(this.#players.map((player) => ({ kind: 'join', player, name: 'p', character })));
    this.#timers.push(setInterval(() => this.#send([{ kind: 'presence' }]), BEAT_MS));
    this.#timers.push(setInterval(() => this.#play(), INPUT_EVERY_MS));
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #play(): void {
    this.#sequence += 1;
    const sequence = this.#sequence;
    const kind = this.#ruleset.inputs.findIndex(({ name }) => name === 'head');
    const of = {
      kind: 'input',
      sequence,
      after: 0,
      tick: 0,
      input: kind,
      source: 'player',
    } as const;
    const commands = this.#players.map((player, index): ZoneCommand => {
      const dir = (((index * 37 + Math.floor(sequence / 20) * 101) % 360) / 360) * TAU;
      return { ...of, player, value: this.#ruleset.inputs[kind]?.codec.encode({ dir }) as Uint8Array };
    });
    this.#send(commands);
  }

  #send(commands: readonly ZoneCommand[]): void {
    this.#bus.publish(subjects.zoneIn(this.#zone), encodeBatch(this.#name, commands));
  }
}
