import type { GameZone, ZoneEntity } from '@overworld/client';
import { Overworld } from '@overworld/client/node';
import { forest, forestParams, KIND } from '@overworld/ruleset-forest';

const DECIDE_MS = 500;
const HOP_M = 50;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A player who looks for coins, and for the gate when told to, and who writes down what the server said. */
export class CoinBot {
  readonly name: string;
  /** Every coin that the server told this player of, as often as it told. */
  readonly told: string[] = [];
  /** The largest purse that the server told this player of. */
  purse = 0;
  crossings = 0;
  readonly #game: Overworld;
  readonly #likesGates: boolean;
  #zone: GameZone<typeof forest> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastZone = '';

  constructor(url: string, index: number, likesGates: boolean) {
    this.name = `crash-${index}`;
    this.#likesGates = likesGates;
    this.#game = new Overworld({ url });
  }

  get player(): string {
    return this.#zone?.player ?? '';
  }

  get isPlaying(): boolean {
    return this.#game.stats().state === 'playing';
  }

  get reconnects(): number {
    return this.#game.stats().reconnects;
  }

  get state(): string {
    return this.#game.stats().state;
  }

  /** The purse as the replicated state shows it; undefined while the own entity is not in sight. */
  get shownPurse(): number | undefined {
    const coins = this.#zone?.self?.get('purse')?.coins;
    return typeof coins === 'number' ? coins : undefined;
  }

  async join(): Promise<void> {
    await this.#game.login(this.name);
    const zone = await this.#game.join({ world: 'forest' }, forest);
    this.#zone = zone;
    this.#lastZone = zone.id;
    zone.on('picked', ({ value: { coin, coins } }) => {
      this.told.push(coin);
      this.purse = Math.max(this.purse, coins);
    });
    zone.onZone((info) => {
      if (info.zone !== this.#lastZone) this.crossings++;
      this.#lastZone = info.zone;
    });
    this.#timer = setInterval(() => this.#decide(zone), DECIDE_MS);
  }

  /** Stands still from now on. */
  rest(): void {
    clearInterval(this.#timer);
    this.#zone?.input('move', { dx: 0, dy: 0 });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#game.close();
  }

  #decide(zone: GameZone<typeof forest>): void {
    const self = zone.self?.get('body') as Point | undefined;
    if (!this.isPlaying || self === undefined) return;
    const gate = forestParams.parse(zone.params ?? {}).gate;
    const goal = this.#likesGates && gate ? hop(self, gate) : nearestCoin(zone.entities, self);
    if (goal !== undefined) zone.input('go', goal);
  }
}

/** A step towards a far place, short enough for the server to find a way. */
function hop(from: Point, to: Point): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const share = Math.min(1, HOP_M / Math.max(1, Math.hypot(dx, dy)));
  const bend = share < 1 ? Math.random() * 8 - 4 : 0;
  return { x: clamp(from.x + dx * share + bend), y: clamp(from.y + dy * share - bend) };
}

function nearestCoin(entities: Iterable<ZoneEntity>, self: Point): Point | undefined {
  let best: Point | undefined;
  let bestDistance = Infinity;
  for (const entity of entities) {
    const look = entity.get('look');
    const body = entity.get('body') as Point | undefined;
    if (look?.kind !== KIND.coin || body === undefined) continue;
    const distance = Math.hypot(body.x - self.x, body.y - self.y);
    if (distance < bestDistance) [best, bestDistance] = [{ x: body.x, y: body.y }, distance];
  }
  return best;
}

function clamp(value: number): number {
  return Math.min(999, Math.max(0, value));
}
