import { type GameZone, OverworldError } from '@overworld/client';
import type { Direction } from './controls.ts';

const TURN = 65_536;
const FULL = 100;
/** A pointer that moves changes the direction all the time: it is sent this often at most. */
const EVERY_MS = 50;

/** Sends the direction wanted as `move` inputs, when it changes. */
export class Walker {
  readonly #zone: GameZone;
  #sent: Direction | undefined;
  #sentAtMs = 0;
  /** The zone was told to walk before the restart: it may still do so, and has to hear that it should not. */
  #mayWalk = false;
  #takes: { move: boolean; yaw: boolean } = { move: false, yaw: false };
  /** Rulesets count full speed as 100, or as 1. */
  #full = FULL;

  constructor(zone: GameZone) {
    this.#zone = zone;
    this.restart();
  }

  /** The zone is another one, or has forgotten what was wanted: it is told again. */
  restart(): void {
    const move = this.#zone.schema.inputs.find(({ name }) => name === 'move');
    const fields = move?.value.t === 'object' ? move.value.fields.map(({ name }) => name) : [];
    this.#takes = { move: fields.includes('dx') && fields.includes('dy'), yaw: fields.includes('yaw') };
    this.#full = FULL;
    this.#mayWalk ||= this.#sent !== undefined && !isStill(this.#sent);
    this.#sent = undefined;
  }

  walk(direction: Direction, nowMs: number): void {
    if (!this.#takes.move || !this.#isNews(direction, nowMs)) return;
    this.#sent = direction;
    this.#mayWalk = false;
    this.#sentAtMs = nowMs;
    try {
      this.#zone.input('move', this.#value(direction));
    } catch (error) {
      if (!(error instanceof OverworldError)) throw error;
      this.refused();
    }
  }

  /** The zone does not take a direction in hundredths: it is given in ones from now on, or not at all. */
  refused(): void {
    if (this.#full === FULL) this.#full = 1;
    else this.#takes.move = false;
    this.#sent = undefined;
  }

  #isNews(wanted: Direction, nowMs: number): boolean {
    const sent = this.#sent;
    if (sent === undefined) return this.#mayWalk || !isStill(wanted);
    if (sent.dx === wanted.dx && sent.dy === wanted.dy) return false;
    return isStill(wanted) || isStill(sent) || nowMs - this.#sentAtMs >= EVERY_MS;
  }

  #value({ dx: x, dy: y }: Direction): unknown {
    const [dx, dy] = [Math.round((x / FULL) * this.#full), Math.round((y / FULL) * this.#full)];
    if (!this.#takes.yaw || (dx === 0 && dy === 0)) return { dx, dy };
    const turn = Math.round((Math.atan2(dy, dx) / (Math.PI * 2)) * TURN);
    return { dx, dy, yaw: ((turn % TURN) + TURN) % TURN };
  }
}

function isStill({ dx, dy }: Direction): boolean {
  return dx === 0 && dy === 0;
}
