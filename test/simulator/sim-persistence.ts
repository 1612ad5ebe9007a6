import { decodeEffects, encodeEffectsAnswer, subjects, type ZoneEffect } from '@overworld/contracts';
import type { Bus, BusMessage } from '@overworld/ports';
import { encodeCharacter } from '@overworld/ruleset';

export interface SavedCharacter {
  readonly zone: string;
  readonly entityEpoch: number;
  readonly left: boolean;
  readonly kept: { readonly [component: string]: { readonly [field: string]: unknown } };
}

/**
 * The database of the simulation. It holds the contract of the real one: an effect is applied once by (zone, sequence), and
 * a saved character never gives way to one of an older entity epoch. It writes down everything that it applied.
 */
export class SimPersistence {
  /** By zone, in the order in which they were applied. */
  readonly applied = new Map<string, ZoneEffect[]>();
  readonly characters = new Map<string, SavedCharacter>();
  /** Effects that came again after they had been applied. */
  repeated = 0;
  /** While true nothing is applied and nothing answered. */
  isDown = false;
  /** While true effects are applied and the answers are lost. */
  isMute = false;
  readonly #known = new Map<string, Set<number>>();

  constructor(bus: Bus) {
    bus.subscribe(subjects.effects, (message) => this.#take(message), { queue: 'persistence' });
  }

  /** What a player joins with: empty bytes for a new one. */
  character(player: string): Uint8Array {
    const saved = this.characters.get(player);
    if (saved === undefined) return new Uint8Array(0);
    return encodeCharacter({ entityEpoch: saved.entityEpoch, kept: saved.kept as never });
  }

  #take({ payload, reply }: BusMessage): void {
    const batch = decodeEffects(payload);
    if (batch === undefined || this.isDown) return;
    for (const effect of batch.effects) this.#apply(batch.zone, effect);
    if (!this.isMute) reply?.(encodeEffectsAnswer({ upTo: batch.effects.at(-1)?.sequence ?? 0, detail: '' }));
  }

  #apply(zone: string, effect: ZoneEffect): void {
    const known = this.#known.get(zone) ?? new Set();
    this.#known.set(zone, known);
    if (known.has(effect.sequence)) {
      this.repeated += 1;
      return;
    }
    known.add(effect.sequence);
    const applied = this.applied.get(zone) ?? [];
    this.applied.set(zone, applied);
    applied.push(effect);
    if (effect.kind === 'character.save') this.#save(effect);
  }

  #save(effect: ZoneEffect): void {
    const saved = JSON.parse(effect.payload) as SavedCharacter;
    const before = this.characters.get(effect.player);
    if (before === undefined || before.entityEpoch <= saved.entityEpoch) {
      this.characters.set(effect.player, saved);
    }
  }
}
