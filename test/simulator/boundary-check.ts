import type { Boundary, FinalFacts } from '@overworld/testkit';

const MOST = 3;

export interface BoundaryFinding {
  readonly invariant: 5 | 6;
  readonly detail: string;
}

/**
 * Every moment between two records, over all zones: a crash of everything could have left just that. At each of them a
 * player is in one place at most (a zone, or a handoff that no zone has taken), and no coin is missing or doubled.
 */
export function checkBoundaries(zones: ReadonlyMap<string, FinalFacts>): BoundaryFinding[] {
  const world = new World(zones);
  const findings: BoundaryFinding[] = [];
  const order = [...zones.values()].flatMap(({ zone, boundaries }) =>
    boundaries.map((boundary) => ({ zone, boundary })),
  );
  order.sort((left, right) => left.boundary.sequence - right.boundary.sequence);
  for (const { zone, boundary } of order) {
    world.goOn(zone, boundary);
    if (findings.length < MOST) findings.push(...world.judge(`after record ${boundary.sequence} of ${zone}`));
  }
  return findings;
}

class World {
  readonly #facts: ReadonlyMap<string, FinalFacts>;
  readonly #zones = new Map<string, Boundary>();
  /** Handoffs that a zone has taken, by `from/handoff`. */
  readonly #taken = new Set<string>();
  /** What players own who have left for good, as it was saved. */
  readonly #away = new Map<string, number>();

  constructor(facts: ReadonlyMap<string, FinalFacts>) {
    this.#facts = facts;
  }

  goOn(zone: string, boundary: Boundary): void {
    this.#zones.set(zone, boundary);
    for (const { from, handoff, accepted } of boundary.results)
      if (accepted) this.#taken.add(`${from}/${handoff}`);
    for (const { player, left, coins } of boundary.saved) {
      if (left) this.#away.set(player, coins);
      else this.#away.delete(player);
    }
  }

  judge(when: string): BoundaryFinding[] {
    const findings: BoundaryFinding[] = [];
    const places = this.#places();
    for (const [player, where] of places) {
      if (where.length > 1)
        findings.push({ invariant: 5, detail: `${when}: ${player} is in ${where.join(', ')}` });
    }
    const isUnderWay = [...places.values()].some((where) =>
      where.some((place) => place.startsWith('out of')),
    );
    if (isUnderWay) return findings;
    const [minted, held] = [this.#minted(), this.#held(places)];
    if (minted !== held)
      findings.push({ invariant: 6, detail: `${when}: ${minted} coins were minted, ${held} are held` });
    return findings;
  }

  #places(): Map<string, string[]> {
    const places = new Map<string, string[]>();
    const put = (player: string, place: string): void => {
      places.set(player, [...(places.get(player) ?? []), place]);
    };
    for (const [zone, { players, out }] of this.#zones) {
      const gone = this.#goneBefore(zone);
      for (const player of players.keys()) if (!gone.has(player)) put(player, zone);
      for (const { handoff, player } of out)
        if (!this.#taken.has(`${zone}/${handoff}`)) put(player, `out of ${zone}`);
    }
    return places;
  }

  /** Who walks out in a tick behind the last record: it needs none, and whoever goes on from there repeats it. */
  #goneBefore(zone: string): ReadonlySet<string> {
    const { handoffs } = this.#facts.get(zone) as FinalFacts;
    const issued = this.#zones.get(zone)?.issued ?? 0;
    const gone = new Set<string>();
    for (const [number, { player }] of handoffs)
      if (number > issued && this.#taken.has(`${zone}/${number}`)) gone.add(player);
    return gone;
  }

  #minted(): number {
    let minted = 0;
    for (const boundary of this.#zones.values()) minted += boundary.minted;
    return minted;
  }

  #held(places: ReadonlyMap<string, readonly string[]>): number {
    let held = 0;
    for (const [zone, { players }] of this.#zones) {
      const gone = this.#goneBefore(zone);
      for (const [player, { coins }] of players) if (!gone.has(player)) held += coins;
    }
    for (const [player, coins] of this.#away) if (!places.has(player)) held += coins;
    return held;
  }
}
