import { ZoneEncoder } from '@overworld/replication/zone';
import { type Operation, ZoneRuntime } from '@overworld/ruleset';
import { defineCrowd } from '../peers/crowd.ts';
import { percentileOf } from '../spread.ts';
import { answerWith, settingsOf } from './child.ts';

export interface EntitiesSetting {
  readonly players: number;
  readonly npcs: number;
  readonly sizeM: number;
  readonly tickHz: number;
  readonly warmupTicks: number;
  readonly ticks: number;
}

/** Milliseconds of a tick of one zone, its state and its message, without journal and mailbox. */
export interface EntitiesFigures {
  readonly stepP50Ms: number;
  readonly stepP99Ms: number;
  readonly encodeP50Ms: number;
  readonly encodeP99Ms: number;
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly messageBytes: number;
}

const INPUT_EVERY_TICKS = 2;
const TAU = 2 * Math.PI;

const { players, npcs, sizeM, tickHz, warmupTicks, ticks } = settingsOf<EntitiesSetting>();
const ruleset = defineCrowd({ npcs, players, tickHz, sizeM, sightM: 100, motion: true });
const runtime = ZoneRuntime.create(ruleset, {
  zoneId: 'hub-1',
  zoneNumber: 1,
  seed: 'hub',
  params: null,
  idKey: [1, 2],
});
const encoder = new ZoneEncoder(runtime);
const ids = Array.from({ length: players }, (_, index) => (index + 1).toString(16).padStart(16, '0'));
const head = ruleset.inputs.findIndex(({ name }) => name === 'head');
const character = new Uint8Array(0);

/** Half of the players head somewhere else in a tick: ten times a second each. */
function operationsOf(tick: number): Operation[] {
  if (tick === 1)
    return ids.map((player) => ({ kind: 'join', tick, player, name: 'p', character, gateway: 'g' }));
  const of = { kind: 'input', tick, sequence: tick, input: head, source: 'player' } as const;
  return ids
    .filter((_, index) => (index + tick) % INPUT_EVERY_TICKS === 0)
    .map((player, index) => {
      const dir = (((index * 37 + Math.floor(tick / 40) * 101) % 360) / 360) * TAU;
      return { ...of, player, value: ruleset.inputs[head]?.codec.encode({ dir }) as Uint8Array };
    });
}

function measure(): EntitiesFigures {
  const [steps, encodes, wholes]: [number[], number[], number[]] = [[], [], []];
  let bytes = 0;
  for (let tick = 1; tick <= warmupTicks + ticks; tick++) {
    const operations = operationsOf(tick);
    const startMs = performance.now();
    runtime.step(tick, operations);
    const steppedMs = performance.now();
    const message = encoder.encode({ epoch: 1, tick, previousTick: tick - 1 }, runtime.output);
    const encodedMs = performance.now();
    if (tick <= warmupTicks) continue;
    steps.push(steppedMs - startMs);
    encodes.push(encodedMs - steppedMs);
    wholes.push(encodedMs - startMs);
    bytes += message.length;
  }
  return {
    stepP50Ms: percentileOf(steps, 0.5),
    stepP99Ms: percentileOf(steps, 0.99),
    encodeP50Ms: percentileOf(encodes, 0.5),
    encodeP99Ms: percentileOf(encodes, 0.99),
    meanMs: wholes.reduce((sum, ms) => sum + ms, 0) / wholes.length,
    p99Ms: percentileOf(wholes, 0.99),
    messageBytes: bytes / ticks,
  };
}

answerWith({ measure });
