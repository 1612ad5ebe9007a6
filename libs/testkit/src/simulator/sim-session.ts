import { HELD_SEAT, encodeBatch, subjects } from '@overworld/contracts';
import type { Bus, Clock } from '@overworld/ports';
import type { SimCluster } from './sim-cluster.ts';
import type { SimGateway } from './sim-gateway.ts';
import type { SimPersistence } from './sim-persistence.ts';

const ASK_AGAIN_MS = 50;
const TIMEOUT_MS = 4_000;

export interface Place {
  readonly zone: string;
  readonly world: string;
  readonly params: unknown;
}

export interface Redeemed extends Place {
  readonly character: Uint8Array;
}

export interface Refused {
  readonly refused: string;
}

export function isRefused(answer: object): answer is Refused {
  return 'refused' in answer;
}

export interface SessionPorts {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly cluster: SimCluster;
  readonly persistence: SimPersistence;
  readonly world: string;
}

interface Survey {
  readonly held: readonly string[];
  readonly isMoving: boolean;
}

/** The session service, as far as places go: it asks the zones where a player is, by the rules of the real one. */
export class SimSession {
  readonly #ports: SessionPorts;
  readonly #at = new Map<string, SimGateway>();
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(ports: SessionPorts) {
    this.#ports = ports;
  }

  /** A player has come to a gateway: an older connection at another one ends. */
  arrived(player: string, gateway: SimGateway): void {
    const before = this.#at.get(player);
    this.#at.set(player, gateway);
    if (before === undefined || before === gateway) return;
    this.#ports.clock.after(1, () =>
      before.ports.process.run(() => before.connections.get(player)?.close('replaced')),
    );
  }

  ensure(zone: string): Promise<void> {
    return this.#ports.cluster.ensure(zone);
  }

  async moved(_player: string, zone: string): Promise<Place> {
    await this.#pause(2);
    return this.#place(zone);
  }

  /** Where a player is to go in, and with what; `heldOnly` only back to a seat that is still kept. */
  enter(player: string, heldOnly: boolean): Promise<Redeemed | Refused> {
    const before = this.#queues.get(player) ?? Promise.resolve();
    const turn = before.then(() => this.#enter(player, heldOnly));
    this.#queues.set(player, turn);
    return turn;
  }

  async #enter(player: string, heldOnly: boolean): Promise<Redeemed | Refused> {
    const settled = await this.#settle(player);
    if (settled === undefined) return { refused: 'busy' };
    if (heldOnly && !settled.isHeld) return { refused: 'ticket-expired' };
    const character = settled.isHeld ? HELD_SEAT : this.#ports.persistence.character(player);
    return { ...this.#place(settled.zone), character };
  }

  async #settle(player: string): Promise<{ readonly zone: string; readonly isHeld: boolean } | undefined> {
    const { clock, cluster } = this.#ports;
    const deadlineMs = clock.now() + TIMEOUT_MS;
    const leaving = new Set<string>();
    while (clock.now() < deadlineMs) {
      const { held, isMoving } = await this.#survey(player);
      const [first, ...others] = held;
      for (const other of others) this.#giveUp(player, other, leaving);
      if (first !== undefined && others.length === 0) return { zone: first, isHeld: true };
      if (first === undefined && !isMoving) return { zone: cluster.zones[0] as string, isHeld: false };
      await this.#pause(ASK_AGAIN_MS);
    }
    return undefined;
  }

  async #survey(player: string): Promise<Survey> {
    const { cluster } = this.#ports;
    const held: string[] = [];
    let isMoving = false;
    for (const zone of cluster.zones) {
      await this.#pause(1);
      const standing = cluster.standing(zone, player);
      if (standing === undefined || standing.seat === 'leaving') isMoving = true;
      else if (standing.seat === 'none' && standing.pendingEffects > 0) isMoving = true;
      else if (standing.seat !== 'none') held.push(zone);
    }
    return { held, isMoving };
  }

  #giveUp(player: string, zone: string, leaving: Set<string>): void {
    if (leaving.has(zone)) return;
    leaving.add(zone);
    const batch = encodeBatch('session', [{ kind: 'leave', player, reason: 'replaced' }]);
    this.#ports.bus.publish(subjects.zoneIn(zone), batch);
  }

  #place(zone: string): Place {
    return { zone, world: this.#ports.world, params: this.#ports.cluster.params(zone) };
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#ports.clock.after(delayMs, resolve));
  }
}
