/*
 * What the mailbox of a zone costs for each input, from the batch of a gateway to the operations of a tick, and what the
 * record of that tick costs: `npm run bench -- mailbox`. Every player has one input for each tick.
 */
import { decodeBatch, encodeBatch, type ZoneCommand } from '@overworld/contracts';
import { type Figure, measureCalls, report } from '../../../bench/results.ts';
import { Mailbox } from '../src/mailbox.ts';
import { encodeRecord } from '../src/record.ts';

const REPETITION = { rounds: 5, callsPerRound: 200 };
const PLAYERS = [50, 500] as const;
const VALUE = new Uint8Array(8);

/** A gateway that sends one input of each player, and the mailbox of the zone that it is for. */
class Traffic {
  readonly #players: readonly string[];
  readonly #mailbox: Mailbox;
  #tick = 0;
  dropped = 0;

  constructor(players: number) {
    this.#players = Array.from({ length: players }, (_, index) => (index + 1).toString(16).padStart(16, '0'));
    this.#mailbox = new Mailbox({
      policyOf: () => 'latest',
      lastSequence: () => this.#tick,
      dropped: () => {
        this.dropped += 1;
      },
      admitsInputs: () => true,
      maxRecordBytes: 192 * 1024,
      maxOperations: 1024,
    });
  }

  batch(): Uint8Array {
    const sequence = this.#tick + 1;
    const [after, tick, kind] = [sequence - 1, 0, 0];
    const input = {
      kind: 'input',
      sequence,
      after,
      tick,
      input: kind,
      source: 'player',
      value: VALUE,
    } as const;
    return encodeBatch(
      'g',
      this.#players.map((player): ZoneCommand => ({ ...input, player })),
    );
  }

  /** Takes a batch in and gives the record of the tick. */
  tick(batch: Uint8Array, onDrained?: (operations: ReturnType<Mailbox['drain']>) => void): void {
    const decoded = decodeBatch(batch);
    for (const command of decoded?.commands ?? []) this.#mailbox.push('g', command, this.#tick);
    const operations = this.#mailbox.drain(this.#tick + 1);
    if (operations.length !== this.#players.length) throw new Error(`drained ${operations.length}`);
    this.#tick += 1;
    onDrained?.(operations);
  }
}

function perPlayer(figure: Figure, players: number): Figure {
  const { median, low, high } = figure;
  return { ...figure, median: median / players, low: low / players, high: high / players };
}

function measure(players: number): Figure[] {
  const [plain, recorded] = [new Traffic(players), new Traffic(players)];
  const head = { epoch: 1, wallMs: 0, previous: 1 };
  const figures = [
    measureCalls(`batch of ${players}, encode`, () => void plain.batch(), REPETITION),
    measureCalls(
      `batch of ${players}, encode, decode, push, drain`,
      () => plain.tick(plain.batch()),
      REPETITION,
    ),
    measureCalls(
      `batch of ${players}, the same and the record`,
      () =>
        recorded.tick(recorded.batch(), (operations) => {
          const tick = operations[0]?.tick ?? 0;
          encodeRecord({ kind: 'tick', ...head, tick, operations, hash: undefined });
        }),
      REPETITION,
    ),
  ];
  return figures.map((figure) => ({ ...perPlayer(figure, players), unit: 'µs per input' }));
}

report('mailbox', PLAYERS.flatMap(measure));
