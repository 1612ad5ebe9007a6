/*
 * What replication costs on this machine: `npm run bench -- replication`.
 * Zone side: one encode of a zone. Gateway side: one message into the mirror; for each of its players one view, of which the
 * visibility tests (who is in sight, and what of it is new) and the assembly of the frames are measured apart. Client: one
 * frame into the replica. Beside that, as many who watch all of the zone: each with frames of his own, and sharing them.
 */
import { type Figure, figureOf, isSmoke, report } from '../../../bench/results.ts';
import { Replica } from '../src/client/index.ts';
import { FrameAssembly } from '../src/gateway/frame-assembly.ts';
import { Mirror, View } from '../src/gateway/index.ts';
import { ZoneView } from '../src/gateway/zone-view.ts';
import { Field, type FieldOptions, field } from './field.ts';

const [WARM_UP_TICKS, TICKS_PER_ROUND, ROUNDS] = isSmoke ? [5, 5, 2] : [100, 100, 5];
const MESSAGE_BYTES = 65_535;
const BYTES_PER_SECOND = 64_000;

const STEPS = [
  'encode',
  'mirror apply',
  'view build',
  'visibility tests',
  'frame assembly',
  'everything, each by itself',
  'everything, shared',
  'replica apply',
] as const;
type Step = (typeof STEPS)[number];
type Times = Record<Step, number>;

/** The parts of a view, driven as `View` drives them. */
class TakenApart {
  readonly #view: ZoneView;
  readonly #assembly = new FrameAssembly();
  readonly #limits = {
    budgetBytes: BYTES_PER_SECOND,
    maxMessageBytes: MESSAGE_BYTES,
    maxFrames: 16,
    maxWait: 40,
  };
  #viewTick = 0;

  constructor(world: Field, index: number) {
    const source = { mirror: world.mirror, zoneIndex: 0 };
    this.#view = new ZoneView(source, world.players[index] as string, index, this.#limits.maxWait);
  }

  look(): void {
    const view = this.#view;
    view.meet();
    const { places, tick } = view.mirror;
    this.#viewTick += 1;
    view.look(places.x(view.ownRow, tick), places.y(view.ownRow, tick), this.#viewTick);
  }

  write(): void {
    this.#assembly.write(this.#view, this.#limits, nobody, undefined);
  }
}

/** Who see all of a zone. */
class Watchers {
  readonly mirror = new Mirror(field.wire, { everything: true });
  readonly #views: readonly View[];

  constructor(count: number, sharing: boolean) {
    // Nobody finds what others have left.
    if (!sharing) this.mirror.shared.find = () => undefined;
    const options = { budgetBytesPerSecond: 1e6, maxMessageBytes: MESSAGE_BYTES };
    this.#views = Array.from({ length: count }, () => new View(this.mirror, { player: NOBODY, ...options }));
  }

  take(tick: number): void {
    for (const view of this.#views) view.takeEach(tick, nobody);
  }
}

const NOBODY = 'f'.repeat(16);
const nobody = { frame: (): void => {} };

class Trial {
  readonly #world: Field;
  readonly #views: readonly View[];
  readonly #parts: readonly TakenApart[];
  readonly #replica = new Replica(field.wire);
  readonly #alone: Watchers;
  readonly #together: Watchers;
  messageBytes = 0;

  constructor(options: FieldOptions) {
    this.#world = new Field(options);
    this.#alone = new Watchers(options.players, false);
    this.#together = new Watchers(options.players, true);
    const budget = { budgetBytesPerSecond: BYTES_PER_SECOND, maxMessageBytes: MESSAGE_BYTES };
    this.#views = this.#world.players.map((player) => new View(this.#world.mirror, { player, ...budget }));
    this.#parts = this.#world.players.map((_, index) => new TakenApart(this.#world, index));
  }

  /** Milliseconds of one tick; what is done for each player, by player. */
  tick(times: Times): void {
    const world = this.#world;
    world.step();
    const marks = [performance.now()];
    const mark = (): void => void marks.push(performance.now());
    const message = world.encode();
    mark();
    world.mirror.apply(message);
    mark();
    const taken = this.#views.map((view) => view.take(world.tick));
    mark();
    for (const part of this.#parts) part.look();
    mark();
    for (const part of this.#parts) part.write();
    mark();
    for (const watchers of [this.#alone, this.#together]) {
      watchers.take(world.tick);
      mark();
    }
    for (const frame of taken[0]?.frames ?? []) this.#replica.apply(frame);
    mark();
    this.messageBytes += message.length;
    for (const { mirror } of [this.#alone, this.#together]) mirror.apply(message);
    STEPS.forEach((step, index) => {
      times[step] += (marks[index + 1] as number) - (marks[index] as number);
    });
  }

  run(ticks: number): Times {
    const times = Object.fromEntries(STEPS.map((step) => [step, 0])) as Times;
    for (let tick = 0; tick < ticks; tick++) this.tick(times);
    return times;
  }
}

const ONCE: ReadonlySet<Step> = new Set(['encode', 'mirror apply', 'replica apply']);

function measure(name: string, options: FieldOptions): Figure[] {
  const trial = new Trial(options);
  trial.run(WARM_UP_TICKS);
  trial.messageBytes = 0;
  const rounds = Array.from({ length: ROUNDS }, () => trial.run(TICKS_PER_ROUND));
  console.log(`${name}: ${Math.round(trial.messageBytes / ROUNDS / TICKS_PER_ROUND)} bytes a message`);
  return STEPS.map((step) => {
    const share = TICKS_PER_ROUND * (ONCE.has(step) ? 1 : options.players);
    const each = rounds.map((times) => (times[step] * 1000) / share);
    return figureOf(`${step}, ${name}`, 'µs', each);
  });
}

report('replication', [
  ...measure('250 entities, 50 players', { entities: 250, players: 50, spreadM: 300 }),
  ...measure('1,000 entities, 200 players', { entities: 1000, players: 200, spreadM: 600 }),
  ...measure('10,000 entities, 50 players', { entities: 10_000, players: 50, spreadM: 1900 }),
]);
